/**
 * Runs the tests and the documentation's examples, and ends with the plain line
 * `N passed, N failed, N skipped`. Arguments go to `deno test` (a folder, `--filter`, …).
 */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/;

const child = new Deno.Command("deno", {
  args: [
    "test",
    "--quiet",
    "--no-prompt",
    "--doc",
    "--allow-read",
    "--allow-write",
    "--allow-ffi",
    "--allow-env",
    "--allow-sys",
    "--allow-run",
    "--allow-net=127.0.0.1,localhost",
    ...Deno.args,
  ],
  env: { NO_COLOR: "1" },
  stdout: "piped",
}).spawn();

// Whoever ends this ends the tests.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => child.kill(signal));
}

const counts = { passed: 0, failed: 0, skipped: 0 };
const decoder = new TextDecoder();
let line = "";
for await (const chunk of child.stdout) {
  await Deno.stdout.write(chunk);
  const lines = (line + decoder.decode(chunk, { stream: true })).split("\n");
  line = lines.pop()!;
  for (const text of lines) {
    const summary = SUMMARY.exec(text);
    if (!summary) continue;
    counts.passed += Number(summary[1]);
    counts.failed += Number(summary[2]);
    counts.skipped += Number(summary[3] ?? 0);
  }
}
const { code } = await child.status;
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(code);
