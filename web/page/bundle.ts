/**
 * The page's files, made when the server starts: one script and one style sheet, minified, without
 * anything that a browser would fetch from elsewhere.
 *
 * @module
 */
import * as esbuild from "esbuild-wasm/esm/browser.js";
import { dirname, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { PageFile } from "../page_files.ts";

const LOADERS: Readonly<Record<string, esbuild.Loader>> = {
  ".ts": "ts",
  ".tsx": "tsx",
  ".mjs": "js",
  ".css": "css",
};

const TYPES = {
  "index.html": "text/html; charset=utf-8",
  "icon.svg": "image/svg+xml; charset=utf-8",
};

let started: Promise<void> | undefined;

/**
 * Bundles the page.
 *
 * @returns Its files by the path they are served at, such as `/index.html`.
 * @throws {Error} If a file of the page is missing or cannot be compiled.
 */
export async function bundlePage(): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const [name, type] of Object.entries(TYPES)) {
    files.set(`/${name}`, { body: await Deno.readFile(new URL(name, import.meta.url)), type });
  }
  await (started ??= start());
  const { outputFiles } = await esbuild.build({
    entryPoints: ["./page.tsx", "./page.css"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: "/",
    write: false,
    logLevel: "silent",
    plugins: [readByDeno],
  });
  for (const { path, contents } of outputFiles) {
    const type = path.endsWith(".css") ? "text/css" : "text/javascript";
    files.set(path, { body: contents, type: `${type}; charset=utf-8` });
  }
  return files;
}

/** As WebAssembly, since a server that cannot start programs cannot be made to. */
async function start(): Promise<void> {
  const file = fileURLToPath(import.meta.resolve("esbuild-wasm/esbuild.wasm"));
  const wasmModule = await WebAssembly.compile(await Deno.readFile(file));
  await esbuild.initialize({ wasmModule, worker: false });
}

/** Finds packages as Deno does, and reads files, which this build of esbuild cannot do itself. */
const readByDeno: esbuild.Plugin = {
  name: "read by Deno",
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
      const isPackage = !/^[./]/.test(path);
      const from = importer ? pathToFileURL(importer) : new URL(import.meta.url);
      const url = isPackage ? import.meta.resolve(path) : new URL(path, from).href;
      return { path: fileURLToPath(url) };
    });
    build.onLoad({ filter: /.*/ }, async ({ path }) => ({
      contents: await Deno.readTextFile(path),
      loader: LOADERS[extname(path)],
      resolveDir: dirname(path),
    }));
  },
};
