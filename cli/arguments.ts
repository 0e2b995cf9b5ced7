/** How the values of options are read; what is wrong with one is said in one line. */
import { InvalidArgumentError } from "commander";
import { dirname, resolve } from "node:path";
import { EMBEDDED_MODEL } from "../models/embedded.ts";
import { REGISTRY } from "../models/registry.ts";
import { parseShard, type Shard } from "../mod.ts";

/**
 * The folder that relative paths are relative to: the caller's, which `deno task` leaves for the
 * project's own and names in `INIT_CWD`. Anywhere else that name is another program's: npm sets it
 * for whatever its scripts start.
 */
export function callerFolder(): string {
  const folder = Deno.cwd();
  const isTask = folder === projectFolder();
  return isTask ? Deno.env.get("INIT_CWD") ?? folder : folder;
}

/** The folder that tasks run in; undefined where the program was not installed from files. */
function projectFolder(): string | undefined {
  return import.meta.dirname && Deno.realPathSync(dirname(import.meta.dirname));
}

/** A text of at least one character: `"$UNSET"` must not mean anything, least of all this folder. */
export function text(value: string): string {
  if (value === "") throw new InvalidArgumentError("Expected a value but found none.");
  return value;
}

/** Resolves a path against {@linkcode callerFolder}. */
export function path(value: string): string {
  return resolve(callerFolder(), text(value));
}

/** Appends to the paths of an argument or option that may be given several times. */
export function paths(value: string, previous: readonly string[] = []): string[] {
  return [...previous, path(value)];
}

/** Resolves the location of an index: a folder, or a URI such as `s3://bucket/index`. */
export function location(value: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//.test(value) ? value : path(value);
}

/**
 * What to look for as a model: a name, `hf:OWNER/REPO`, or a folder, which is resolved like any
 * path; one that is called like a model is meant by `./NAME`. `auto` leaves the choice to the index.
 */
export function model(value: string): string | undefined {
  return value === "auto" ? undefined : namedModel(value);
}

/** The same where no index can choose. */
export function namedModel(value: string): string {
  if (value === "auto") {
    throw new InvalidArgumentError("There is no index to choose by: name a model, such as mini.");
  }
  if (value === EMBEDDED_MODEL || REGISTRY.some(({ name }) => name === value)) return value;
  const folder = path(value);
  if (isFolder(folder)) return folder;
  if (/^hf:[\w.-]+\/[\w.-]+(@\S+)?$/.test(value)) return value;
  const names = [EMBEDDED_MODEL, ...REGISTRY.map(({ name }) => name)].join(", ");
  throw new InvalidArgumentError(`It is no folder, and the names are ${names} and hf:OWNER/REPO.`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Appends to the names of hosts, without a scheme or a port; in lower case. */
export function hostNames(value: string, previous: readonly string[] = []): string[] {
  if (!URL.canParse(`http://${value}`) || new URL(`http://${value}`).host !== value.toLowerCase()) {
    throw new InvalidArgumentError(`Expected a host's name alone but found "${value}".`);
  }
  return [...previous, value.toLowerCase()];
}

/** A whole number of at least 1. */
export function count(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError(`Expected a whole number of at least 1 but found "${value}".`);
  }
  return number;
}

/** A whole number of at least 0. */
export function natural(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isSafeInteger(number) || number < 0) {
    throw new InvalidArgumentError(`Expected a whole number of at least 0 but found "${value}".`);
  }
  return number;
}

/** A finite number. */
export function number(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) {
    throw new InvalidArgumentError(`Expected a number but found "${value}".`);
  }
  return number;
}

/** A network port; 0 takes any that is free. */
export function port(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new InvalidArgumentError(`Expected a port from 0 to 65535 but found "${value}".`);
  }
  return number;
}

/** A number above 0, of seconds or of frames a second. */
export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError(`Expected a number above 0 but found "${value}".`);
  }
  return number;
}

/** An ISO date, with or without a time and a zone. */
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** A date such as `2026-03-01` (that day's start, local time) or `2026-03-01T12:00Z`. */
export function date(value: string): Date {
  const date = new Date(value.includes("T") ? value : `${value}T00:00`);
  if (!ISO_DATE.test(value) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError(`Expected a date such as 2026-03-01 but found "${value}".`);
  }
  return date;
}

/** Seconds below which frames are no longer apart. */
const SHORTEST_SEGMENT = 0.5;

/** How long videos are cut into clips: `auto`, `whole`, or a number of seconds. */
export function segment(value: string): "auto" | "whole" | number {
  if (value === "auto" || value === "whole") return value;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds < SHORTEST_SEGMENT) {
    throw new InvalidArgumentError(
      `Expected auto, whole, or at least ${SHORTEST_SEGMENT} seconds but found "${value}".`,
    );
  }
  return seconds;
}

/** This process's share of the files: `I/N`, with I from 0 to N − 1. */
export function shard(value: string): Shard {
  try {
    return parseShard(value);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** Appends to an option that may be given several times. */
export function repeated(value: string, previous: readonly string[] = []): string[] {
  return [...previous, text(value)];
}
