/**
 * The small model that comes with the project, for machines that have no other.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** What it is called. */
export const EMBEDDED_MODEL = "mini";

const LIMITS = "mini knows drawn things, their colours, numbers and places, not real footage";

/** What a user of a model should know; null where there is nothing to warn of. */
export function limitsOf(model: string): string | null {
  return model === EMBEDDED_MODEL ? LIMITS : null;
}

/** The folder of its files. */
export function embeddedFolder(): string {
  return fileURLToPath(new URL("./mini", import.meta.url));
}
