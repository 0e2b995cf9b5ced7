/**
 * Whether a request may come from where it comes from. Browsers say where: pages of other sites,
 * and of other ports of this machine, can use neither what changes something nor the API; a link
 * to a page can be followed from anywhere.
 *
 * @param request The request.
 * @param names Names of a proxy before the server, in lower case; it may hand on
 * another `Host`.
 */
export function isOwnOrigin(
  { method, url, headers }: Request,
  names: readonly string[] = [],
): boolean {
  const { pathname, host } = new URL(url);
  const origin = headers.get("origin");
  if (origin !== null && !isSame(origin, headers.get("host") ?? host, names)) return false;
  const site = headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return true;
  const followsLink = headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
  return method === "GET" && followsLink && !pathname.startsWith("/api/");
}

function isSame(origin: string, host: string, names: readonly string[]): boolean {
  try {
    const { protocol, host: other, hostname } = new URL(origin);
    if (protocol !== "http:" && protocol !== "https:") return false;
    return other === host.toLowerCase() || names.includes(hostname);
  } catch {
    return false;
  }
}
