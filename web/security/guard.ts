/**
 * What every request passes before anything is done for it.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { Problem } from "../problem.ts";
import { isOwnHost } from "./hosts.ts";
import { isOwnOrigin } from "./origin.ts";
import { isToken } from "./token.ts";
import { TOKEN_PAGE } from "./token_page.ts";

/** The longest address of a request, in characters. */
const MAX_URL = 16_384;

/** Seconds that a browser keeps the token. */
const COOKIE_AGE = 30 * 24 * 3600;

/** Whom the server lets in. */
export interface GuardOptions {
  /** What it listens on: a name or an address. */
  readonly host: string;
  /** Further names that visitors use: those of a proxy before it. */
  readonly names: readonly string[];
  /** What a visitor must know; null where only this machine can visit. */
  readonly token: string | null;
}

/** Turns away what other sites' pages and strangers send. */
export function guard({ host, names, token }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    const request = c.req.raw;
    if (request.url.length > MAX_URL) {
      throw new Problem(
        "invalid",
        `Cannot answer: the address is longer than ${MAX_URL} characters`,
      );
    }
    if (!isOwnHost(request.headers.get("host"), host, names)) {
      throw new Problem(
        "forbidden",
        "Cannot answer: the Host header does not name this server; tell serve the name with --allow-host",
      );
    }
    if (!isOwnOrigin(request, names)) {
      throw new Problem("forbidden", "Cannot answer: the page of another site asked");
    }
    if (token === null) return await next();
    // Browsers send cookies to every port of a host.
    const cookie = `fovea-${new URL(request.url).port}`;
    const url = new URL(request.url);
    const given = url.searchParams.get("token");
    if (given !== null && request.method === "GET" && isToken(given, token)) {
      setCookie(c, cookie, token, {
        httpOnly: true,
        sameSite: "Lax",
        path: "/",
        maxAge: COOKIE_AGE,
      });
      // The token must not stay in the address bar and in histories.
      url.searchParams.delete("token");
      return c.redirect(url.pathname.replace(/^\/+/, "/") + url.search, 303);
    }
    const bearer = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (!isToken(getCookie(c, cookie), token) && !isToken(bearer, token)) {
      // Whoever opens an address, and no script, asks for HTML.
      if (request.headers.get("accept")?.includes("text/html")) return c.html(TOKEN_PAGE, 401);
      throw new Problem(
        "token",
        "Cannot answer: the token is missing or wrong; open the address that serve printed",
      );
    }
    await next();
  };
}
