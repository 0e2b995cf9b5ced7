/**
 * The names in a folder as bytes. Deno shows a name that is not UTF-8 with replacement characters
 * and cannot open it; this is for telling the user which file that is.
 *
 * @module
 */

/** Where the C library of a Linux system is: glibc's name, then musl's. */
const LIBRARIES = ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`];

/** Where the name is in a `struct dirent` of 64-bit Linux: behind inode, offset, length and type. */
const NAME_OFFSET = 19;

/**
 * Escapes the bytes of a name that are not UTF-8.
 *
 * @example
 * ```ts
 * import { escapeBytes } from "./raw_names.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escapeBytes(Uint8Array.of(0x63, 0x61, 0x66, 0xe9)), "caf\\xe9");
 * ```
 *
 * @param bytes The name.
 * @returns The name with `\xNN` for every byte that is part of no character.
 */
export function escapeBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length;) {
    let length = 1;
    let found: string | undefined;
    for (; length <= 4 && found === undefined; length++) {
      try {
        found = decoder.decode(bytes.subarray(at, at + length));
      } catch {
        // Not a whole character yet, or never one.
      }
    }
    text += found ?? `\\x${bytes[at].toString(16).padStart(2, "0")}`;
    at += found === undefined ? 1 : length - 1;
  }
  return text;
}

/**
 * Finds the names that Deno shows alike because they are not UTF-8.
 *
 * @param folder The folder.
 * @param shown The name as Deno shows it, with replacement characters.
 * @returns The names with their bytes escaped; where the C library cannot be asked (another system
 * than Linux, no `--allow-ffi`), the one shown, with `\x??` for what cannot be known.
 */
export function escapedNames(folder: string, shown: string): string[] {
  const unknown = [shown.replaceAll("\ufffd", "\\x??")];
  if (Deno.build.os !== "linux") return unknown;
  for (const library of LIBRARIES) {
    // Asking for the permission would stop the program with a prompt.
    if (Deno.permissions.querySync({ name: "ffi", path: library }).state !== "granted") continue;
    try {
      const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
      const names = readNames(library, folder)
        .filter((name) => lossy.decode(name) === shown)
        .map(escapeBytes)
        .filter((name) => name !== shown);
      return names.length > 0 ? names : unknown;
    } catch {
      // The next library may be the one; a message is not worth failing for.
    }
  }
  return unknown;
}

/** opendir, readdir, closedir. */
function readNames(path: string, folder: string): Uint8Array[] {
  const library = Deno.dlopen(path, {
    opendir: { parameters: ["buffer"], result: "pointer" },
    readdir: { parameters: ["pointer"], result: "pointer" },
    closedir: { parameters: ["pointer"], result: "i32" },
  });
  const { opendir, readdir, closedir } = library.symbols;
  const opened = opendir(new TextEncoder().encode(`${folder}\0`));
  const names: Uint8Array[] = [];
  for (let entry; opened !== null && (entry = readdir(opened)) !== null;) {
    const view = new Deno.UnsafePointerView(entry);
    let end = NAME_OFFSET;
    while (view.getUint8(end) !== 0) end++;
    names.push(new Uint8Array(view.getArrayBuffer(end - NAME_OFFSET, NAME_OFFSET)).slice());
  }
  if (opened !== null) closedir(opened);
  library.close();
  return names;
}
