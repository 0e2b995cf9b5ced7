import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** A file of the page, as it is bundled. */
export interface PageFile {
  readonly body: Uint8Array;
  /** The media type. */
  readonly type: string;
}

interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** What is worth compressing. */
const TEXT = /^(text\/|application\/(javascript|json|manifest\+json)|image\/svg)/;

/** The files of the page, compressed once. */
export class PageFiles {
  readonly #files = new Map<string, { type: string; encodings: Map<string, Encoded> }>();

  /** @param files By path, such as `/index.html`. */
  constructor(files: ReadonlyMap<string, PageFile>) {
    for (const [path, { body, type }] of files) {
      const bytes = Uint8Array.from(body);
      const tag = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
      const encodings = new Map([["identity", { body: bytes, etag: `"${tag}"` }]]);
      if (TEXT.test(type)) {
        encodings.set("br", {
          body: Uint8Array.from(brotliCompressSync(bytes)),
          etag: `"${tag}-br"`,
        });
        encodings.set("gzip", { body: Uint8Array.from(gzipSync(bytes)), etag: `"${tag}-gz"` });
      }
      this.#files.set(path, { type, encodings });
    }
  }

  /**
   * Answers with a file of the page. What looks like no file is a view of the page, which its
   * script makes.
   *
   * @returns Null where there is none.
   */
  answer({ url, headers }: Request): Response | null {
    const { pathname } = new URL(url);
    const isView = !pathname.slice(pathname.lastIndexOf("/")).includes(".");
    const file = this.#files.get(pathname) ?? (isView ? this.#files.get("/index.html") : undefined);
    if (!file) return null;
    const accepted = headers.get("accept-encoding") ?? "";
    const encoding = ["br", "gzip"].find((name) =>
      file.encodings.has(name) &&
      new RegExp(`\\b${name}\\b(?!;\\s*q=0(\\.0+)?\\b)`).test(accepted)
    ) ?? "identity";
    const { body, etag } = file.encodings.get(encoding)!;
    const answer = new Headers({
      "cache-control": "no-cache",
      "content-type": file.type,
      etag,
      vary: "accept-encoding",
    });
    if (headers.get("if-none-match")?.split(/\s*,\s*/).includes(etag)) {
      return new Response(null, { status: 304, headers: answer });
    }
    if (encoding !== "identity") answer.set("content-encoding", encoding);
    return new Response(body, { headers: answer });
  }
}
