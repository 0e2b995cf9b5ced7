import { createHash } from "node:crypto";

/** A request that the hub was asked, as far as tests want to know. */
export interface HubRequest {
  readonly path: string;
  /** The first byte asked for; null without a range. */
  readonly from: number | null;
  readonly token: string | null;
}

/** A hub on the loopback device that speaks as much of Hugging Face's protocol as downloads need. */
export interface LoopbackHub extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly HubRequest[];
  /** Breaks the connection of the next answers that carry a file, after so many bytes each. */
  breakAfter(file: string, ...bytes: number[]): void;
  /** Answers everything with a status from now on; null ends that. */
  fail(status: number | null): void;
}

/**
 * Serves one repository at one commit, its files above 10 kB as large ones (LFS).
 *
 * @param names The branches and tags that stand for the commit.
 */
export function serveHub(
  repo: string,
  commit: string,
  names: readonly string[],
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): LoopbackHub {
  const requests: HubRequest[] = [];
  const breaks = new Map<string, number[]>();
  let status: number | null = null;

  const entry = (path: string) => {
    const data = files[path];
    const oid = createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
    const sha256 = createHash("sha256").update(data).digest("hex");
    const lfs = { oid: sha256, size: data.length, pointerSize: 134 };
    return { type: "file", path, size: data.length, oid, ...data.length > 10_000 && { lfs } };
  };

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname: path, origin } = new URL(request.url);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("Range") ?? "");
    const token = request.headers.get("Authorization");
    requests.push({ path: decodeURIComponent(path), from: range && Number(range[1]), token });
    if (status !== null) return Response.json({ error: "no" }, { status });

    const [, revision] = /^\/api\/models\/[^/]+\/[^/]+\/revision\/(.+)$/.exec(path) ?? [];
    const known = [commit, ...names].includes(decodeURIComponent(revision ?? commit));
    if (!path.includes(`/${repo}`) && !path.startsWith("/cdn/") || !known) {
      return Response.json({ error: "Repository not found" }, { status: 404 });
    }
    if (revision) return Response.json({ _id: "1", id: repo, sha: commit });
    if (path === `/api/models/${repo}/tree/${commit}`) {
      return Response.json(Object.keys(files).map(entry));
    }
    const name = path.split("/").at(-1)!;
    const { oid, lfs, size } = entry(name);
    if (lfs && !path.startsWith("/cdn/")) {
      const headers = { "X-Linked-ETag": `"${lfs.oid}"`, "X-Linked-Size": `${lfs.size}` };
      return new Response(null, {
        status: 302,
        headers: { ...headers, Location: `${origin}/cdn/${name}` },
      });
    }
    const [begin, end] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, size];
    const body = files[name].slice(begin, end);
    const cut = body.length > 1 ? breaks.get(name)?.shift() : undefined;
    // An end before the announced length is how a broken connection looks.
    return new Response(cut === undefined ? body : new Blob([body.subarray(0, cut)]).stream(), {
      status: range ? 206 : 200,
      headers: {
        ETag: `"${lfs?.oid ?? oid}"`,
        "Content-Length": `${body.length}`,
        ...range && { "Content-Range": `bytes ${begin}-${end - 1}/${size}` },
      },
    });
  });

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    breakAfter: (file, ...bytes) => void breaks.set(file, bytes),
    fail: (code) => void (status = code),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
