/**
 * From what a user calls a model to its files.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fingerprintFile } from "../files/fingerprint.ts";
import { cacheFolder } from "./cache_folder.ts";
import { readClipConfig } from "./clip/config.ts";
import { checkTokenizer } from "./clip/tokenizer.ts";
import { EMBEDDED_MODEL, embeddedFolder, limitsOf } from "./embedded.ts";
import {
  downloadModel,
  type DownloadProgress,
  type Hub,
  HubUnavailableError,
  resolveRevision,
  WEIGHTS,
} from "./hub.ts";
import type { ModelFiles } from "./model_files.ts";
import { readSafetensors, type SafetensorsFile } from "./safetensors.ts";

export type { DownloadProgress } from "./hub.ts";
export type { ModelFiles } from "./model_files.ts";

/** A model that has a name of ours. */
export interface RegisteredModel {
  readonly name: string;
  /** `OWNER/REPO` on the hub. */
  readonly repo: string;
  /** The commit that the name stands for. */
  readonly revision: string;
  /** The SHA-256 of the weights; null where only the hub's own word for it is known. */
  readonly sha256: string | null;
}

/**
 * The models with names. Of ViT-B/32 the main branch holds no safetensors: the commit is that of
 * the hub's conversion, refs/pr/15. Of ViT-B/16 only the commit is pinned: what is downloaded is
 * compared with the hash that the hub names for that commit's file.
 */
export const REGISTRY: readonly RegisteredModel[] = [
  {
    name: "clip-vit-b-32",
    repo: "openai/clip-vit-base-patch32",
    revision: "b33cedfd0df4e43b8238760678fcc89e1a0d38b3",
    sha256: "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d",
  },
  {
    name: "clip-vit-b-16",
    repo: "openai/clip-vit-base-patch16",
    revision: "57c216476eefef5ab752ec549e440a49ae4ae5f3",
    sha256: null,
  },
  {
    name: "clip-vit-l-14",
    repo: "openai/clip-vit-large-patch14",
    revision: "32bd64288804d66eefd0ccbe215aa642df71cc41",
    sha256: "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb",
  },
];

/** How to find a model. */
export interface ResolveOptions {
  /** Where downloads are kept. Defaults to `models` in {@linkcode cacheFolder}. */
  readonly cacheDir?: string;
  /** The hub, without a slash at its end. Defaults to `HF_ENDPOINT`, else https://huggingface.co. */
  readonly hubUrl?: string;
  /** Never asks the hub. Defaults to whether `HF_HUB_OFFLINE` is 1. */
  readonly offline?: boolean;
  /** Told how far a download is. */
  readonly onProgress?: DownloadProgress;
  /** Ends a download, which the next one goes on with. */
  readonly signal?: AbortSignal;
  /** The names. Defaults to {@linkcode REGISTRY}. */
  readonly registry?: readonly RegisteredModel[];
}

/**
 * Finds a model's files, and fetches them if they are on a hub and not here yet. A branch of a
 * repository stays at the commit of its first download: another comes with `@REVISION`.
 *
 * @param spec A name of the registry, `mini`, `hf:OWNER/REPO`, `hf:OWNER/REPO@REVISION`, or a folder
 * in Hugging Face layout.
 * @throws {Error} If there is no such model, it cannot be had, it is not a CLIP, or its files are
 * damaged as far as that can be told without reading the weights.
 */
export async function resolveModel(
  spec: string,
  options: ResolveOptions = {},
): Promise<ModelFiles> {
  const registry = options.registry ?? REGISTRY;
  const registered = registry.find(({ name }) => name === spec);
  if (registered) return await resolveFromHub(registered, options);
  if (spec === EMBEDDED_MODEL) return await readFolder(spec, null, embeddedFolder());
  if (spec.startsWith("hf:")) {
    const match = /^hf:([\w.-]+\/[\w.-]+)(?:@(\S+))?$/.exec(spec);
    if (!match) {
      throw new Error(`Cannot use the model "${spec}": it is not of the form hf:OWNER/REPO`);
    }
    const [, repo, revision = "main"] = match;
    return await resolveFromHub({ name: `hf:${repo}`, repo, revision, sha256: null }, options);
  }
  let isFolder = false;
  try {
    isFolder = (await Deno.stat(spec)).isDirectory;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new Error(`Cannot use the model "${spec}": ${(error as Error).message}`);
    }
  }
  if (!isFolder) {
    const names = [EMBEDDED_MODEL, ...registry.map(({ name }) => name)].join(", ");
    throw new Error(
      `Cannot find the model "${spec}": it is no folder, and the names are ${names} and ` +
        "hf:OWNER/REPO",
    );
  }
  const dir = resolve(spec);
  return await readFolder(dir, null, dir);
}

/**
 * Whose weights a name stands for: `OWNER/REPO` of the hub, or the embedded model; null for a
 * folder, which may hold any.
 */
export function repositoryOf(spec: string): string | null {
  if (spec === EMBEDDED_MODEL) return spec;
  const repo = /^hf:([^@]+)/.exec(spec)?.[1];
  return repo ?? REGISTRY.find(({ name }) => name === spec)?.repo ?? null;
}

/** Whether a model of the registry is on this machine. */
export async function isHere(
  name: string,
  options: Pick<ResolveOptions, "cacheDir" | "registry"> = {},
): Promise<boolean> {
  const model = (options.registry ?? REGISTRY).find((it) => it.name === name);
  return model !== undefined && (await locateModel(model, options)).present;
}

/** The model that is best for real footage and still runs on a laptop. */
export const DEFAULT_MODEL = "clip-vit-b-32";

/**
 * Finds a model where none was asked for: {@linkcode DEFAULT_MODEL} where it is here or can be
 * fetched, else the embedded one.
 *
 * @param onLesser Told why it is the embedded one.
 * @throws {Error} If {@linkcode DEFAULT_MODEL} is here and damaged, or cannot be stored.
 */
export async function resolveDefaultModel(
  options: ResolveOptions,
  onLesser: (why: string) => void,
): Promise<ModelFiles> {
  try {
    return await resolveModel(DEFAULT_MODEL, options);
  } catch (error) {
    const { cause, message } = error as Error;
    if (options.signal?.aborted || !(cause instanceof HubUnavailableError)) throw error;
    onLesser(`Using the embedded model: ${limitsOf(EMBEDDED_MODEL)}. ${message}`);
    return await resolveModel(EMBEDDED_MODEL, options);
  }
}

/**
 * Where the files of a registered model are or would be put.
 *
 * @returns The folder, and whether it holds all that is needed.
 */
export async function locateModel(
  { repo, revision }: RegisteredModel,
  { cacheDir = defaultCacheDir() }: Pick<ResolveOptions, "cacheDir"> = {},
): Promise<{ dir: string; present: boolean }> {
  const own = join(repoFolder(cacheDir, repo), revision);
  for (const dir of [own, ...sharedSnapshots(repo, revision)]) {
    const present = await isFile(join(dir, WEIGHTS)) && await isFile(join(dir, "config.json")) &&
      await hasTokenizer(dir);
    if (present) return { dir, present };
  }
  return { dir: own, present: false };
}

/** The hub that models come from: `HF_ENDPOINT`, else https://huggingface.co. */
export function hubUrl(): string {
  return (Deno.env.get("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, "");
}

function defaultCacheDir(): string {
  return join(cacheFolder(), "models");
}

function repoFolder(cacheDir: string, repo: string): string {
  return join(cacheDir, repo.replace("/", "--"));
}

/** Where other programs that use the hub keep the same commit. */
function sharedSnapshots(repo: string, revision: string): string[] {
  const home = Deno.env.get("HF_HOME") ??
    (Deno.env.has("HOME") ? join(Deno.env.get("HOME")!, ".cache", "huggingface") : null);
  const hub = Deno.env.get("HF_HUB_CACHE") ?? (home === null ? null : join(home, "hub"));
  if (hub === null) return [];
  return [join(hub, `models--${repo.replace("/", "--")}`, "snapshots", revision)];
}

async function resolveFromHub(
  wanted: RegisteredModel,
  options: ResolveOptions,
): Promise<ModelFiles> {
  const { cacheDir = defaultCacheDir(), onProgress } = options;
  const { name, repo, sha256 } = wanted;
  const hub: Hub = {
    url: options.hubUrl ?? hubUrl(),
    token: Deno.env.get("HF_TOKEN") || undefined,
    signal: options.signal,
  };
  const offline = options.offline ?? Deno.env.get("HF_HUB_OFFLINE") === "1";

  const reference = join(repoFolder(cacheDir, repo), "refs", encodeURIComponent(wanted.revision));
  const isCommit = /^[0-9a-f]{40}$/.test(wanted.revision);
  let revision = isCommit ? wanted.revision : await readIfThere(reference);
  let place = await locateModel({ ...wanted, revision: revision ?? wanted.revision }, { cacheDir });
  if (!place.present || revision === null) {
    try {
      if (offline) {
        throw new HubUnavailableError(
          "the hub was not asked, because HF_HUB_OFFLINE or the caller says so",
        );
      }
      if (revision === null) {
        revision = await resolveRevision(hub, repo, wanted.revision);
        place = await locateModel({ ...wanted, revision }, { cacheDir });
      }
      if (!place.present) {
        await downloadModel(hub, { repo, revision, folder: place.dir, sha256 }, onProgress);
      }
      if (!isCommit) await writeWhole(reference, revision);
    } catch (error) {
      throw new Error(
        `Cannot get the model "${name}" from ${hub.url}/${repo}: ${(error as Error).message}; ` +
          `put its config.json, tokenizer.json and ${WEIGHTS} into ${place.dir}, ` +
          "or name a folder that holds them with --model DIR",
        { cause: error },
      );
    }
  }
  const files = await readFolder(name, revision, place.dir);
  if (sha256 !== null) {
    await verifyOnce(files, sha256, join(repoFolder(cacheDir, repo), "verified", revision));
  }
  return files;
}

async function readFolder(
  name: string,
  revision: string | null,
  dir: string,
): Promise<ModelFiles> {
  const weightsPath = join(dir, WEIGHTS);
  for (const file of ["config.json", WEIGHTS]) {
    if (!await isFile(join(dir, file))) throw lacking(dir, file);
  }
  if (!await hasTokenizer(dir)) throw lacking(dir, "tokenizer.json");
  const config = await readClipConfig(join(dir, "config.json"));
  // Either would fail only when a tower opens, the tokeniser's not before the first search.
  const weights = await readSafetensors(weightsPath);
  await checkTokenizer(dir);
  return {
    name,
    revision,
    dir,
    weightsPath,
    config,
    fingerprint: await fingerprintOf(weights, weightsPath),
  };
}

/** Of blocks of the file and of every tensor: either alone would pass over some change. */
async function fingerprintOf(weights: SafetensorsFile, path: string): Promise<string> {
  return createHash("sha256").update(await fingerprintFile(path)).update(weights.digest())
    .digest("hex");
}

function lacking(dir: string, file: string): Error {
  return new Error(
    `Cannot use the model "${dir}": it has no ${file}; a folder needs config.json, ${WEIGHTS} ` +
      "and tokenizer.json",
  );
}

async function hasTokenizer(dir: string): Promise<boolean> {
  return await isFile(join(dir, "tokenizer.json")) ||
    await isFile(join(dir, "vocab.json")) && await isFile(join(dir, "merges.txt"));
}

/**
 * Compares the hash of pinned weights, which a user may have put there by hand. Hashing takes
 * seconds, so that it was right is written down, by their fingerprint.
 *
 * @param note Where: in our cache, since the weights may lie in another program's.
 */
async function verifyOnce(
  { weightsPath, fingerprint }: ModelFiles,
  sha256: string,
  note: string,
): Promise<void> {
  const line = `${sha256} ${fingerprint}\n`;
  if (await readIfThere(note) === line.trim()) return;
  const hash = createHash("sha256");
  using file = await Deno.open(weightsPath);
  for await (const chunk of file.readable) hash.update(chunk);
  const actual = hash.digest("hex");
  if (actual !== sha256) {
    throw new Error(
      `Cannot use the weights "${weightsPath}": their hash is ${actual} and not ${sha256}; ` +
        "remove the file to have it downloaded again",
    );
  }
  // A cache that cannot be written to is verified every time.
  await writeWhole(note, line).catch(() => {});
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(temporary, text);
  await Deno.rename(temporary, path);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
