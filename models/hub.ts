/**
 * Fetching models from a Hugging Face hub: resumable, verified, safe for several processes.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { downloadFile, HubApiError, listFiles, modelInfo } from "@huggingface/hub";

/** Told how far a download is: bytes had, resumed ones included, of all bytes. */
export type DownloadProgress = (bytes: number, total: number) => void;

/** Which hub, and as whom. */
export interface Hub {
  /** Without a slash at its end. */
  readonly url: string;
  /** An access token, for repositories that are not public. */
  readonly token?: string;
  /** Ends what is under way. */
  readonly signal?: AbortSignal;
}

/** A hub that was not asked, could not be reached, or refused: nothing here is wrong. */
export class HubUnavailableError extends Error {
  override name = "HubUnavailableError";
}

/** A repository at a commit, and where it is to lie. */
export interface HubModel {
  /** `OWNER/REPO` */
  readonly repo: string;
  /** The commit. */
  readonly revision: string;
  /** The folder of the model's files; made if missing. */
  readonly folder: string;
  /** The SHA-256 that the weights must have; null trusts what the hub says of the file. */
  readonly sha256: string | null;
}

/** The name of the weights in every folder of a model. */
export const WEIGHTS = "model.safetensors";

// The weights come last: where they are, all the rest is.
const REQUIRED = ["config.json", WEIGHTS];
const OPTIONAL = ["fovea.json", "heads.safetensors"];
const VOCABULARY = ["tokenizer.json"];
const OLD_VOCABULARY = ["vocab.json", "merges.txt"];

/** A file as the hub lists it. */
interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** What its content must hash to, by git's rule or, for large files, by SHA-256. */
  readonly digest: { readonly algorithm: "git" | "sha256"; readonly hex: string };
}

/**
 * Asks the hub for the commit that a branch, tag or reference stands for.
 *
 * @throws {Error} If the hub cannot be reached or has no such revision.
 */
export async function resolveRevision(hub: Hub, repo: string, revision: string): Promise<string> {
  return await asking(hub, async () => {
    const info = await modelInfo({
      name: repo,
      revision,
      additionalFields: ["sha"],
      ...client(hub),
    });
    return info.sha;
  });
}

/**
 * Fetches the files of a model that are not in its folder yet. A broken download goes on where it
 * ended, in this run or the next; a file appears under its name only when its hash is right. A
 * second process that wants the same model waits for the first.
 *
 * @throws {Error} If the hub cannot be reached, refuses, has not got the files, or sends others.
 */
export async function downloadModel(
  hub: Hub,
  model: HubModel,
  onProgress: DownloadProgress = () => {},
): Promise<void> {
  await Deno.mkdir(model.folder, { recursive: true });
  // The system drops the lock of a process that dies.
  using lock = await Deno.open(join(model.folder, ".lock"), { create: true, write: true });
  await lock.lock(true);

  const files = chooseFiles(await asking(hub, () => remoteFiles(hub, model)), model.repo);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of files) {
    if (!await exists(join(model.folder, file.path))) {
      await fetchFile(hub, model, file, (bytes) => onProgress(done + bytes, total));
    }
    done += file.size;
    onProgress(done, total);
  }
}

async function remoteFiles(hub: Hub, { repo, revision, sha256 }: HubModel): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  const list = listFiles({ repo, revision, ...client(hub) });
  for await (const { type, path, size, oid, lfs } of list) {
    if (type !== "file") continue;
    const pinned = path === WEIGHTS ? sha256 : null;
    const large = pinned ?? lfs?.oid.replace(/^sha256:/, "");
    const digest = large
      ? { algorithm: "sha256" as const, hex: large }
      : { algorithm: "git" as const, hex: oid ?? "" };
    files.push({ path, size: lfs?.size ?? size, digest });
  }
  return files;
}

function chooseFiles(files: readonly RemoteFile[], repo: string): RemoteFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const vocabulary = byPath.has(VOCABULARY[0]) ? VOCABULARY : OLD_VOCABULARY;
  const missing = [...REQUIRED, ...vocabulary].filter((path) => !byPath.has(path));
  if (missing.length > 0) {
    const hint = byPath.has("pytorch_model.bin") && missing.includes(WEIGHTS)
      ? "; a conversion of its pytorch_model.bin may be at another revision, hf:" + repo +
        "@refs/pr/N"
      : "";
    throw new Error(`${repo} has no ${missing.join(" and no ")}${hint}`);
  }
  return [...OPTIONAL, ...vocabulary, ...REQUIRED].flatMap((path) => byPath.get(path) ?? []);
}

async function fetchFile(
  hub: Hub,
  { repo, revision, folder }: HubModel,
  { path, size, digest }: RemoteFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const partial = join(folder, `${path}.part`);
  let actual: string;
  {
    using file = await Deno.open(partial, { create: true, read: true, write: true });
    if ((await file.stat()).size > size) await file.truncate(0);
    const hash = digest.algorithm === "sha256"
      ? createHash("sha256")
      : createHash("sha1").update(`blob ${size}\0`);
    let received = await hashFile(file, hash);

    while (received < size) {
      const before = received;
      let failure: unknown;
      // Behind it may be what a failed write left.
      await file.seek(received, Deno.SeekMode.Start);
      try {
        for await (const chunk of await remoteBytes(hub, repo, revision, path, received)) {
          for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
          hash.update(chunk);
          received += chunk.length;
          onBytes(received);
        }
      } catch (error) {
        failure = error;
      }
      // A connection that brought something is worth another; one that brought nothing is not.
      if (received === before) {
        const ends = `${path} ends after ${received} of ${size} bytes`;
        if (failure === undefined) throw new HubUnavailableError(`${ends}: the connection broke`);
        throw explained(failure, hub, `${ends}: `);
      }
    }
    await file.sync();
    actual = hash.digest("hex");
  }
  if (actual !== digest.hex) {
    await Deno.remove(partial);
    throw new Error(
      `the hash of ${path} is ${actual} and not ${digest.hex}: what came was thrown away`,
    );
  }
  await Deno.rename(partial, join(folder, path));
}

/** Hashes what a partial file holds and leaves its position at the end. */
async function hashFile(file: Deno.FsFile, hash: Hash): Promise<number> {
  const buffer = new Uint8Array(1 << 20);
  let length = 0;
  for (let count; (count = await file.read(buffer)) !== null; length += count) {
    hash.update(buffer.subarray(0, count));
  }
  return length;
}

async function remoteBytes(
  hub: Hub,
  repo: string,
  revision: string,
  path: string,
  from: number,
): Promise<ReadableStream<Uint8Array>> {
  const blob = await downloadFile({
    repo,
    revision,
    path,
    // Plain HTTP resumes at any byte; the hub's chunked protocol would be a second code path.
    xet: false,
    ...client(hub),
  });
  if (!blob) throw new Error(`the hub has no ${path}`);
  return blob.slice(from, blob.size).stream();
}

/** `fetch`, for servers that must not answer a range with the whole. */
async function fetchRange(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const range = new Headers(init?.headers).get("Range");
  if (range && !range.startsWith("bytes=0-") && response.status === 200) {
    await response.body?.cancel();
    throw new Error("the server cannot resume a download");
  }
  // The client asks for one byte, or a note, to learn a file's size and leaves it lying.
  const isNote = response.headers.get("Content-Type")?.includes("xet-fileinfo");
  const isByte = response.status === 206 && range === "bytes=0-0";
  return isNote || isByte ? await drained(response) : response;
}

async function drained(response: Response): Promise<Response> {
  const { status, statusText, headers, url } = response;
  const copy = new Response(await response.arrayBuffer(), { status, statusText, headers });
  Object.defineProperty(copy, "url", { value: url });
  return copy;
}

/** How the hub's client asks it. */
function client({ url, token, signal }: Hub) {
  const ask = (input: RequestInfo | URL, init?: RequestInit) =>
    fetchRange(input, { ...init, signal });
  return { hubUrl: url, fetch: ask, ...(token ? { accessToken: token } : {}) };
}

async function asking<T>(hub: Hub, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explained(error, hub);
  }
}

/** The error to throw for what went wrong between us and the hub. */
function explained(error: unknown, hub: Hub, before = ""): Error {
  const message = before + explain(error, hub);
  const isUnavailable = error instanceof HubApiError || error instanceof TypeError;
  return isUnavailable
    ? new HubUnavailableError(message, { cause: error })
    : new Error(message, { cause: error });
}

/** What went wrong between us and the hub, in half a line. */
function explain(error: unknown, { url }: Hub): string {
  if (error instanceof HubApiError) {
    switch (error.statusCode) {
      case 401:
        return "the hub asks for a login or has no such repository (a token goes into HF_TOKEN)";
      case 403:
        return "the hub does not give access to this repository (a token goes into HF_TOKEN)";
      case 404:
        return "the hub has no such repository or revision";
      default:
        return `the hub answers with status ${error.statusCode}`;
    }
  }
  const message = (error instanceof Error ? error.message : String(error)).split("\n")[0];
  if (!(error instanceof TypeError)) return message;
  if (message.includes("access token")) return "the token in HF_TOKEN does not begin with hf_";
  const cause = error.cause instanceof Error ? error.cause.message : message;
  return `${url} cannot be reached (${cause.split("\n")[0].split(": ").at(-1)})`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
