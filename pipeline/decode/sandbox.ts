import { resolve } from "node:path";

/**
 * The permissions of a worker that decodes a file one does not trust: to read that file, no more.
 *
 * @param path The file.
 */
export async function sandbox(path: string): Promise<Deno.PermissionOptionsObject> {
  const absolute = resolve(path);
  // A link may be read only if what it leads to may be. What is not there is reported later.
  const real = await Deno.realPath(absolute).catch(() => absolute);
  return {
    read: [...new Set([absolute, real])],
    write: false,
    net: false,
    env: false,
    sys: false,
    run: false,
    ffi: false,
    import: false,
  };
}
