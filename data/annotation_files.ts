/**
 * Reading the annotations of data sets. What is wrong with a file is said in words that follow
 * "Cannot load NAME from FOLDER: ".
 *
 * @module
 */
import { parse } from "csv-parse/sync";
import { basename } from "node:path";
import { Parser } from "pickleparser";
import type { z } from "zod";
import { oneLine } from "../files/one_line.ts";
import { whyUnreadable } from "../files/unreadable.ts";

/**
 * Reads a JSON file of a known shape.
 *
 * @throws {Error} If it cannot be read or is of another shape.
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return checked(path, await jsonOf(path), schema);
}

async function jsonOf(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${basename(path)} is not JSON`);
  }
}

/**
 * Reads a file of one JSON object a line; empty lines are passed over.
 *
 * @throws {Error} If it cannot be read or a line is of another shape, with the line's number.
 */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  return (await readLines(path)).map(({ text, number }) => {
    const where = `${basename(path)} line ${number}`;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw new Error(`${where} is not JSON`);
    }
    return checked(where, json, schema);
  });
}

/**
 * Reads a CSV file with a header.
 *
 * @returns A record a row.
 * @throws {Error} If it cannot be read or parsed, or lacks one of `columns`.
 */
export async function readCsv<C extends string>(
  path: string,
  columns: readonly C[],
): Promise<Record<C, string>[]> {
  const name = basename(path);
  let rows: string[][];
  try {
    rows = parse(await readText(path), { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new Error(`${name}: ${oneLine((error as Error).message)}`);
  }
  const [header = [], ...records] = rows;
  const places = columns.map((column) => {
    const at = header.indexOf(column);
    if (at < 0) throw new Error(`${name} has no column "${column}" but ${header.join(", ")}`);
    return [column, at] as const;
  });
  return records.map((record) =>
    Object.fromEntries(places.map(([column, at]) => [column, record[at]])) as Record<C, string>
  );
}

/** A line of a file, and its number from 1. */
export interface Line {
  readonly text: string;
  readonly number: number;
}

/**
 * Reads the lines of a file that are not empty, without space around them.
 *
 * @throws {Error} If it cannot be read.
 */
export async function readLines(path: string): Promise<Line[]> {
  return (await readText(path)).split("\n")
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter(({ text }) => text !== "");
}

/**
 * Reads a Python pickle of plain values: nothing that is in it is run.
 *
 * @throws {Error} If it cannot be read, or holds other objects.
 */
export async function readPickle<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  let value: unknown;
  try {
    value = new Parser().parse(bytes);
  } catch (error) {
    throw new Error(`${basename(path)} is no pickle of plain values: ${oneLine(String(error))}`);
  }
  return checked(path, value, schema);
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Error {
  return new Error(`${oneLine(basename(path))} cannot be read: ${whyUnreadable(error)}`);
}

function checked<T>(path: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path: where, message }] = result.error.issues;
  const place = where.length > 0 ? ` at ${where.join(".")}` : "";
  throw new Error(oneLine(`${basename(path)}${place}: ${message}`));
}
