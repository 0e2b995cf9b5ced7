import { sep } from "node:path";

/** Whether a file or folder is a path itself, or lies below it; both absolute. */
export function isBeneath(file: string, path: string): boolean {
  return file === path || file.startsWith(path.endsWith(sep) ? path : path + sep);
}
