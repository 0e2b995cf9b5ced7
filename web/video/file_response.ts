import { parseRange } from "./byte_range.ts";

/** What is sent of a file. */
export interface FileResponseOptions {
  /** The media type. */
  readonly type: string;
  /** What tells the content from any other that the address may give: an entity tag's inside. */
  readonly tag: string;
  /** The name under which a browser is to save it; without one it shows it. */
  readonly saveAs?: string;
}

/** Bytes that are read at a time. */
const CHUNK = 256 * 1024;

/**
 * Sends a file or a range of it. Nothing is read ahead of what the client takes.
 *
 * @param file The open file; closed when all is sent, or the client is gone.
 * @param size Its size in bytes.
 */
export function fileResponse(
  { method, headers }: Request,
  file: Deno.FsFile,
  size: number,
  { type, tag, saveAs }: FileResponseOptions,
): Response {
  const etag = `"${tag}"`;
  const answer = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "content-type": type,
    etag,
  });
  if (saveAs !== undefined) answer.set("content-disposition", attachment(saveAs));
  if (headers.get("if-none-match")?.split(/\s*,\s*/).includes(etag)) {
    file.close();
    return new Response(null, { status: 304, headers: answer });
  }
  // Who holds a part of another version gets all of this one.
  const condition = headers.get("if-range");
  const range = condition === null || condition === etag
    ? parseRange(headers.get("range"), size)
    : null;
  if (range === "unsatisfiable") {
    file.close();
    answer.set("content-range", `bytes */${size}`);
    answer.set("content-type", "application/json");
    const error = `Cannot send that range: the file has ${size} bytes`;
    return Response.json({ error, kind: "invalid" }, { status: 416, headers: answer });
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  answer.set("content-length", String(last - first + 1));
  if (range) answer.set("content-range", `bytes ${first}-${last}/${size}`);
  const status = range ? 206 : 200;
  if (method === "HEAD") {
    file.close();
    return new Response(null, { status, headers: answer });
  }
  return new Response(readRange(file, first, last), { status, headers: answer });
}

function readRange(file: Deno.FsFile, first: number, last: number): ReadableStream<Uint8Array> {
  let at = first;
  return new ReadableStream({
    async start() {
      await file.seek(first, Deno.SeekMode.Start);
    },
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(CHUNK, last + 1 - at));
      const count = buffer.length === 0 ? null : await file.read(buffer);
      if (count === null) {
        file.close();
        if (at <= last) throw new Error("Cannot send on: the file became shorter");
        return controller.close();
      }
      at += count;
      controller.enqueue(buffer.subarray(0, count));
    },
    cancel() {
      file.close();
    },
  }, { highWaterMark: 0 });
}

/** A header value that keeps any name (RFC 6266, RFC 8187). */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
