import { dirname } from "node:path";

/**
 * Writes a picture's file.
 *
 * @throws {Error} If it cannot be written, with the reason in one line.
 */
export async function writePicture(path: string, content: Uint8Array): Promise<void> {
  try {
    await Deno.writeFile(path, content);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? `there is no folder ${dirname(path)}; make it first`
      : (error as Error).message;
    throw new Error(`Cannot write ${path}: ${why}`, { cause: error });
  }
}
