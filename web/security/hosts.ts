import { isIP } from "node:net";

/** Whether a host is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether the `Host` header of a request names this server. A page of another site whose name was
 * made to point here (DNS rebinding) sends that name; addresses cannot be made to point elsewhere.
 *
 * @param header The header, if there is one.
 * @param own What the server listens on: a name or an address.
 * @param names Further names that it is known by: those of a proxy before it, in lower case.
 *
 * @example
 * ```ts
 * import { isOwnHost } from "./hosts.ts";
 * import assert from "node:assert/strict";
 *
 * assert(isOwnHost("localhost:8000", "127.0.0.1"));
 * assert(isOwnHost("[::1]:8000", "127.0.0.1"));
 * assert(!isOwnHost("evil.example:8000", "127.0.0.1"));
 * assert(!isOwnHost("192.168.1.5:8000", "127.0.0.1"));
 * assert(isOwnHost("192.168.1.5:8000", "0.0.0.0"));
 * assert(isOwnHost("films.example", "0.0.0.0", ["films.example"]));
 * ```
 */
export function isOwnHost(
  header: string | null,
  own: string,
  names: readonly string[] = [],
): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(header ?? "");
  if (!match) return false;
  const host = (match[1] ?? match[2]).toLowerCase();
  if (isLoopback(host) || names.includes(host)) return true;
  if (isLoopback(own)) return false;
  return host === own.toLowerCase() || isIP(host) !== 0;
}
