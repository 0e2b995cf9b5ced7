import * as Comlink from "comlink";

/**
 * Marks `value` to be sent to another thread without copying `arrays`, which are empty here
 * afterwards.
 */
export function transfer<T>(value: T, arrays: readonly ArrayBufferView[]): T {
  return Comlink.transfer(value, arrays.map(({ buffer }) => buffer as ArrayBuffer));
}
