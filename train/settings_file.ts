/**
 * Settings in a JSON file.
 *
 * @module
 */
import { paperConfiguration, type TrainingConfiguration } from "./configuration.ts";

/**
 * Reads settings that differ from the papers'.
 *
 * @throws {Error} If the file cannot be read, is not JSON, or has settings that there are not.
 */
export async function readSettings(path: string): Promise<Partial<TrainingConfiguration>> {
  const problem = (why: string) => new Error(`Cannot read the settings in "${path}": ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw problem(error instanceof SyntaxError ? "it is not JSON" : (error as Error).message);
  }
  const paper: Record<string, unknown> = { ...paperConfiguration("skrr") };
  for (const [name, value] of Object.entries(Object(json))) {
    if (!(name in paper)) {
      const known = Object.keys(paper).join(", ");
      throw problem(`there is no setting "${name}"; the settings are ${known}`);
    }
    const [expected, found] = [kindOf(paper[name]), kindOf(value)];
    if (expected !== found) throw problem(`expected ${name} to be ${expected} but found ${found}`);
  }
  return Object(json);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
