import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DEFAULT_MODEL,
  locateModel,
  type RegisteredModel,
  REGISTRY,
  resolveDefaultModel,
  resolveModel,
  type ResolveOptions,
} from "../../models/registry.ts";
import { type LoopbackHub, serveHub } from "./loopback_hub.ts";

const TINY = fileURLToPath(new URL("../vectors/clip/clip-tiny-gelu", import.meta.url));
const REPO = "someone/tiny";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const files: Record<string, Uint8Array<ArrayBuffer>> = {};
for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
  files[name] = await Deno.readFile(join(TINY, name));
}
const weights = files["model.safetensors"];
const sha256 = createHash("sha256").update(weights).digest("hex");
const registered: RegisteredModel = { name: "tiny", repo: REPO, revision: COMMIT, sha256 };
const registry = [registered];

/** A hub with the tiny model, an empty cache, and an environment without the user's hub. */
async function withHub(
  test: (hub: LoopbackHub, cacheDir: string) => Promise<void>,
  served: Record<string, Uint8Array<ArrayBuffer>> = files,
): Promise<void> {
  const cacheDir = await Deno.makeTempDir();
  const names = ["HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_HUB_CACHE"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  Deno.env.set("HF_HUB_CACHE", join(cacheDir, "shared"));
  try {
    await using hub = serveHub(REPO, COMMIT, ["main", "refs/pr/7"], served);
    await test(hub, cacheDir);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(cacheDir, { recursive: true });
  }
}

const partial = (cacheDir: string) =>
  join(cacheDir, "someone--tiny", COMMIT, "model.safetensors.part");

Deno.test("a folder is a model named by its path", async () => {
  const model = await resolveModel(`${TINY}/`);
  assert.equal(model.name, TINY);
  assert.equal(model.revision, null);
  assert.equal(model.config.dim, 24);
  assert.match(model.fingerprint, /^[0-9a-f]{64}$/);
});

Deno.test("a registered name is fetched once, whole and verified", () =>
  withHub(async (hub, cacheDir) => {
    const progress: [number, number][] = [];
    const options = {
      registry,
      cacheDir,
      hubUrl: hub.url,
      onProgress: (bytes: number, total: number) => void progress.push([bytes, total]),
    };
    assert.equal((await locateModel(registered, { cacheDir })).present, false);
    const model = await resolveModel("tiny", options);
    assert.equal(model.name, "tiny");
    assert.equal(model.revision, COMMIT);
    assert.equal(model.fingerprint, (await resolveModel(TINY)).fingerprint);
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(await Deno.readFile(join(model.dir, name)), bytes);
    }
    const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual(progress.at(-1), [total, total]);
    assert(progress.every(([bytes], i) => i === 0 || bytes >= progress[i - 1][0]));

    const asked = hub.requests.length;
    assert.deepEqual(await resolveModel("tiny", { ...options, offline: true }), model);
    assert.equal(hub.requests.length, asked);
    const place = await locateModel(registered, { cacheDir });
    assert.deepEqual(place, { dir: model.dir, present: true });
  }));

Deno.test("a connection that breaks is taken up where it ended", () =>
  withHub(async (hub, cacheDir) => {
    hub.breakAfter("config.json", 300);
    hub.breakAfter("model.safetensors", 100_000, 50_000, 1);
    const model = await resolveModel("tiny", { registry, cacheDir, hubUrl: hub.url });
    assert.deepEqual(await Deno.readFile(model.weightsPath), weights);
    const starts = hub.requests.filter(({ path }) => path === "/cdn/model.safetensors")
      .map(({ from }) => from ?? 0).filter((from) => from > 0);
    assert.deepEqual(starts, [100_000, 150_000, 150_001]);
  }));

Deno.test("a download ends when it is told to, and goes on in the next run", () =>
  withHub(async (hub, cacheDir) => {
    const stop = new AbortController();
    const options = {
      registry,
      cacheDir,
      hubUrl: hub.url,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    };
    await assert.rejects(resolveModel("tiny", options), /^Error: Cannot get the model "tiny"/);
    const { signal: _, ...again } = options;
    assert.equal((await resolveModel("tiny", again)).revision, COMMIT);
  }));

Deno.test("the default is the embedded model where the hub is not to be had, and no other time", () =>
  withHub(async (hub, cacheDir) => {
    const told: string[] = [];
    const name = { ...registered, name: DEFAULT_MODEL };
    const resolve = (options: ResolveOptions) =>
      resolveDefaultModel({ registry: [name], cacheDir, ...options }, (why) => told.push(why));
    hub.fail(503);
    assert.equal((await resolve({ hubUrl: hub.url })).name, "mini");
    assert.equal((await resolve({ hubUrl: "http://127.0.0.1:1" })).name, "mini");
    assert.equal((await resolve({ hubUrl: hub.url, offline: true })).name, "mini");
    assert.match(told.join("\n"), /status 503.*\n.*cannot be reached.*\n.*was not asked/);
    hub.fail(null);
    const { dir } = await resolve({ hubUrl: hub.url });
    assert.equal(told.length, 3);

    await Deno.writeFile(join(dir, "model.safetensors"), weights.with(weights.length - 1, 7));
    await assert.rejects(resolve({ hubUrl: hub.url }), /Cannot use the weights .*: their hash is/);
    assert.equal(told.length, 3);
  }));

Deno.test("a download that was given up goes on in the next run", () =>
  withHub(async (hub, cacheDir) => {
    const options = { registry, cacheDir, hubUrl: hub.url };
    hub.breakAfter("model.safetensors", 90_000, 0);
    await assert.rejects(resolveModel("tiny", options), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot get the model "tiny" from http:.*: model\.safetensors ends after 90000 of 229794 bytes: [^\n]*--model DIR$/,
      );
      return true;
    });
    const { size } = await Deno.stat(partial(cacheDir));
    assert.equal(size, 90_000);
    const asked = hub.requests.length;
    const model = await resolveModel("tiny", options);
    assert.deepEqual(await Deno.readFile(model.weightsPath), weights);
    const from = hub.requests.slice(asked).filter(({ path }) => path === "/cdn/model.safetensors")
      .map((request) => request.from);
    assert(from.includes(size), `${from} without ${size}`);
    await assert.rejects(Deno.stat(partial(cacheDir)), Deno.errors.NotFound);
  }));

Deno.test("a partial file that is not of this model is thrown away in the end", () =>
  withHub(async (hub, cacheDir) => {
    await Deno.mkdir(join(cacheDir, "someone--tiny", COMMIT), { recursive: true });
    await Deno.writeFile(partial(cacheDir), new Uint8Array(1000));
    const options = { registry, cacheDir, hubUrl: hub.url };
    await assert.rejects(resolveModel("tiny", options), /the hash of model.safetensors is/);
    await Deno.writeFile(partial(cacheDir), new Uint8Array(weights.length + 1));
    assert.deepEqual(
      await Deno.readFile((await resolveModel("tiny", options)).weightsPath),
      weights,
    );
  }));

Deno.test("weights of another hash than the pinned one never get their name", () =>
  withHub(async (hub, cacheDir) => {
    const pinned = "0".repeat(64);
    await assert.rejects(
      resolveModel("tiny", {
        registry: [{ ...registered, sha256: pinned }],
        cacheDir,
        hubUrl: hub.url,
      }),
      (error: Error) => {
        assert(
          error.message.includes(
            `the hash of model.safetensors is ${sha256} and not ${pinned}: what came was thrown away`,
          ),
          error.message,
        );
        return true;
      },
    );
    const left = await Array.fromAsync(Deno.readDir(join(cacheDir, "someone--tiny", COMMIT)));
    assert(left.every(({ name }) => !name.startsWith("model.safetensors")));
  }));

Deno.test("pinned weights put there by hand are verified once", () =>
  withHub(async (hub, cacheDir) => {
    const options = { registry, cacheDir, hubUrl: hub.url, offline: true };
    const { dir } = await locateModel(registered, { cacheDir });
    await Deno.mkdir(dir, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(join(dir, name), bytes);
    const model = await resolveModel("tiny", options);
    assert.equal(
      await Deno.readTextFile(join(dir, "..", "verified", COMMIT)),
      `${sha256} ${model.fingerprint}\n`,
    );
    const wrong = weights.slice();
    wrong[weights.length - 1] ^= 1;
    await Deno.writeFile(model.weightsPath, wrong);
    await assert.rejects(
      resolveModel("tiny", options),
      /^Error: Cannot use the weights ".*": their hash is [0-9a-f]{64} and not [0-9a-f]{64}; remove the file to have it downloaded again$/,
    );
  }));

Deno.test("a branch stays at the commit of its first download", () =>
  withHub(async (hub, cacheDir) => {
    const options = { cacheDir, hubUrl: hub.url };
    const model = await resolveModel(`hf:${REPO}`, options);
    assert.equal(model.name, `hf:${REPO}`);
    assert.equal(model.revision, COMMIT);
    const asked = hub.requests.length;
    assert.deepEqual(await resolveModel(`hf:${REPO}`, options), model);
    assert.deepEqual(await resolveModel(`hf:${REPO}@${COMMIT}`, options), model);
    assert.equal(hub.requests.length, asked);
    // A reference with slashes; the files are here already.
    assert.deepEqual(await resolveModel(`hf:${REPO}@refs/pr/7`, options), model);
    assert.equal(hub.requests.length, asked + 1);
  }));

Deno.test("a token goes to the hub", () =>
  withHub(async (hub, cacheDir) => {
    Deno.env.set("HF_TOKEN", "hf_secret");
    Deno.env.set("HF_ENDPOINT", `${hub.url}/`);
    await resolveModel("tiny", { registry, cacheDir });
    assert(hub.requests.every(({ token }) => token === "Bearer hf_secret"));
  }));

Deno.test("what another program keeps of the commit is used", () =>
  withHub(async (hub, cacheDir) => {
    const snapshot = join(cacheDir, "shared", "models--someone--tiny", "snapshots", COMMIT);
    await Deno.mkdir(snapshot, { recursive: true });
    for (const name of Object.keys(files)) {
      await Deno.symlink(join(TINY, name), join(snapshot, name));
    }
    const model = await resolveModel(`hf:${REPO}@${COMMIT}`, { cacheDir, hubUrl: hub.url });
    assert.equal(model.dir, snapshot);
    assert.equal(hub.requests.length, 0);
  }));

Deno.test("a hub that refuses is quoted in one line", () =>
  withHub(async (hub, cacheDir) => {
    for (
      const [status, why] of [
        [401, "the hub asks for a login or has no such repository (a token goes into HF_TOKEN)"],
        [403, "the hub does not give access to this repository (a token goes into HF_TOKEN)"],
        [404, "the hub has no such repository or revision"],
        [503, "the hub answers with status 503"],
      ] as const
    ) {
      hub.fail(status);
      await assert.rejects(
        resolveModel("tiny", { registry, cacheDir, hubUrl: hub.url }),
        new Error(
          `Cannot get the model "tiny" from ${hub.url}/${REPO}: ${why}; put its config.json, ` +
            `tokenizer.json and model.safetensors into ${cacheDir}/someone--tiny/${COMMIT}, or ` +
            "name a folder that holds them with --model DIR",
        ),
      );
    }
  }));

Deno.test("without a network it is said what was tried and where files go", () =>
  withHub(async (hub, cacheDir) => {
    const { url } = hub;
    await hub[Symbol.asyncDispose]();
    const place = `; put its config.json, tokenizer.json and model.safetensors into ` +
      `${cacheDir}/someone--tiny/${COMMIT}, or name a folder that holds them with --model DIR`;
    const from = `Cannot get the model "tiny" from ${url}/${REPO}: `;
    for (
      const [offline, why] of [
        [false, `${url} cannot be reached (Connection refused (os error 111))`],
        [true, "the hub was not asked, because HF_HUB_OFFLINE or the caller says so"],
      ] as const
    ) {
      await assert.rejects(
        resolveModel("tiny", { registry, cacheDir, hubUrl: url, offline }),
        (error: Error) => {
          // The number is the system's.
          const numbered = error.message.replace(/os error \d+/, "os error 111");
          assert.equal(numbered, `${from}${why}${place}`);
          return true;
        },
      );
    }
  }));

Deno.test("a token of another kind is named", () =>
  withHub(async (hub, cacheDir) => {
    Deno.env.set("HF_TOKEN", "secret");
    await assert.rejects(
      resolveModel("tiny", { registry, cacheDir, hubUrl: hub.url }),
      /: the token in HF_TOKEN does not begin with hf_; put /,
    );
  }));

Deno.test("a repository of old weights only says where new ones may be", () =>
  withHub(
    (hub, cacheDir) =>
      assert.rejects(
        resolveModel(`hf:${REPO}`, { cacheDir, hubUrl: hub.url }),
        /someone\/tiny has no model\.safetensors; a conversion of its pytorch_model\.bin may be at another revision, hf:someone\/tiny@refs\/pr\/N; put/,
      ),
    {
      "config.json": files["config.json"],
      "tokenizer.json": files["tokenizer.json"],
      "pytorch_model.bin": new Uint8Array(9),
    },
  ));

Deno.test("what is no model is refused in one line", async () => {
  await assert.rejects(
    resolveModel("clip-vit-b-23"),
    new Error(
      'Cannot find the model "clip-vit-b-23": it is no folder, and the names are mini, ' +
        "clip-vit-b-32, clip-vit-b-16, clip-vit-l-14 and hf:OWNER/REPO",
    ),
  );
  await assert.rejects(
    resolveModel("hf:tiny"),
    new Error('Cannot use the model "hf:tiny": it is not of the form hf:OWNER/REPO'),
  );
});

Deno.test("a folder that could not be searched with is refused in one line", async () => {
  const dir = await Deno.makeTempDir();
  const put = (name: string, bytes = files[name]) => Deno.writeFile(join(dir, name), bytes);
  const refused = (message: string) => assert.rejects(resolveModel(dir), new Error(message));
  const lacks = (name: string) =>
    refused(
      `Cannot use the model "${dir}": it has no ${name}; a folder needs config.json, ` +
        "model.safetensors and tokenizer.json",
    );
  await lacks("config.json");
  await put("config.json");
  await lacks("model.safetensors");
  await put("model.safetensors", weights.subarray(0, -1));
  await lacks("tokenizer.json");
  await put("tokenizer.json", files["tokenizer.json"].subarray(0, -9));
  const size = weights.length;
  await refused(
    `Cannot read weights from "${join(dir, "model.safetensors")}": it is cut short: its header ` +
      `names ${size} bytes, the file has ${size - 1}`,
  );
  await put("model.safetensors");
  await refused(
    `Cannot open the tokeniser of "${dir}": its tokenizer.json is damaged or of something else`,
  );
  await put("tokenizer.json", new TextEncoder().encode("{}"));
  await refused(
    `Cannot open the tokeniser of "${dir}": its tokenizer.json is damaged or of something else`,
  );
  await put("tokenizer.json");
  assert.equal((await resolveModel(dir)).config.dim, 24);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("two processes that want one model fetch it once", () =>
  withHub(async (hub, cacheDir) => {
    const source = `
      import { resolveModel } from "${new URL("../../models/registry.ts", import.meta.url)}";
      const [registry, cacheDir, hubUrl] = JSON.parse(Deno.args[0]);
      console.log((await resolveModel("tiny", { registry, cacheDir, hubUrl })).weightsPath);`;
    const script = join(cacheDir, "resolve.ts");
    await Deno.writeTextFile(script, source);
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const run = async () => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          `--config=${config}`,
          "--no-prompt",
          "--allow-read",
          `--allow-write=${cacheDir}`,
          "--allow-env",
          "--allow-net=127.0.0.1",
          script,
          JSON.stringify([registry, cacheDir, hub.url]),
        ],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout).trim();
    };
    const [one, other] = await Promise.all([run(), run()]);
    assert.equal(one, other);
    assert.deepEqual(await Deno.readFile(one), weights);
    const bodies = hub.requests.filter(({ path, from }) =>
      path === "/cdn/model.safetensors" && from === null
    );
    assert.equal(bodies.length, 1);
  }));

Deno.test("every registered model is pinned to a commit", () => {
  for (const { name, repo, revision, sha256 } of REGISTRY) {
    assert.match(revision, /^[0-9a-f]{40}$/, name);
    assert.match(repo, /^openai\/clip-vit-/);
    if (sha256 !== null) assert.match(sha256, /^[0-9a-f]{64}$/, name);
  }
});
