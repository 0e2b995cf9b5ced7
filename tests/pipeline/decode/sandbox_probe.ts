/** Tries, from inside a worker, all that a sandbox must not allow, and reports what was. */
self.onmessage = async ({ data: file }: MessageEvent<string>) => {
  const attempts: Record<string, () => unknown> = {
    "read its video": () => Deno.readFileSync(file),
    "read beside it": () => Deno.readDirSync(new URL(".", `file://${file}`)).next(),
    "read another file": () => Deno.readTextFileSync(new URL(import.meta.url)),
    "write its video": () => Deno.openSync(file, { write: true }),
    "write elsewhere": () => Deno.makeTempFileSync(),
    "read the environment": () => Deno.env.get("HOME"),
    "run a program": () => new Deno.Command("true").outputSync(),
    "load a library": () => Deno.dlopen("libc.so.6", {}),
    "ask the system": () => Deno.hostname(),
    "reach the net": () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
    "import from the net": () => import(`http://127.0.0.1:9/${"x"}.js`),
  };
  const denied: string[] = [];
  const allowed: string[] = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      allowed.push(name);
    } catch (error) {
      const refused = error instanceof Deno.errors.NotCapable ||
        String(error).includes("Requires import access");
      (refused ? denied : allowed).push(name);
    }
  }
  self.postMessage({ allowed, denied });
};
