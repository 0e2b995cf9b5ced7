import assert from "node:assert/strict";

Deno.test("joining files holds a part of their rows at a time", async () => {
  const folder = await Deno.makeTempDir();
  const script = new URL("./compaction_process.ts", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", "--allow-ffi", "--allow-env", script, folder],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { megabytes, clips } = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(clips, 450);
  assert(megabytes < 225, `${megabytes} MB for rows of 450 MB`);
  await Deno.remove(folder, { recursive: true });
});
