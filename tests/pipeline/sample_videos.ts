import { fileURLToPath } from "node:url";
import { join } from "node:path";

/** Where the videos that all samples are made of are kept between runs. */
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/fovea/", import.meta.url));

/** Two seconds, 20 frames and two key frames each; no two look alike. */
const LOOKS = [
  "gradients=s=96x64:d=2:r=10:seed=1:c0=red:c1=yellow",
  "gradients=s=96x64:d=2:r=10:seed=2:c0=blue:c1=cyan",
  "testsrc2=s=96x64:d=2:r=10",
  "mandelbrot=s=96x64:r=10",
  "cellauto=s=96x64:r=10:seed=5:rule=110",
  "smptebars=s=96x64:d=2:r=10",
];

/**
 * Puts small videos into a folder: `0.mp4`, `1.mp4`, … of two seconds each. Every file has other
 * bytes, and the first six have other pictures.
 *
 * @returns Their paths.
 */
export async function sampleVideos(folder: string, count: number): Promise<string[]> {
  const looks = await Promise.all((await baseVideos()).map((path) => Deno.readFile(path)));
  await Deno.mkdir(folder, { recursive: true });
  return await Promise.all(Array.from({ length: count }, async (_, i) => {
    const path = join(folder, `${i}.mp4`);
    await Deno.writeFile(path, withNumber(looks[i % looks.length], i));
    return path;
  }));
}

/** Appends a box that players skip, so that two files with one look are two files. */
function withNumber(mp4: Uint8Array, number: number): Uint8Array {
  const box = new Uint8Array(12);
  const view = new DataView(box.buffer);
  view.setUint32(0, box.length);
  box.set(new TextEncoder().encode("free"), 4);
  view.setUint32(8, number);
  const file = new Uint8Array(mp4.length + box.length);
  file.set(mp4);
  file.set(box, mp4.length);
  return file;
}

async function baseVideos(): Promise<string[]> {
  await Deno.mkdir(CACHE, { recursive: true });
  // One test process makes them, those beside it wait.
  using lock = await Deno.open(join(CACHE, "lock"), { create: true, write: true });
  await lock.lock(true);
  const paths = LOOKS.map((look) => join(CACHE, `${look.replaceAll(/\W+/g, "_")}.mp4`));
  const missing = [];
  for (const [i, path] of paths.entries()) {
    const there = await Deno.stat(path).then(() => true, () => false);
    if (!there) missing.push({ look: LOOKS[i], path });
  }
  if (missing.length > 0) await encode(missing);
  return paths;
}

/** Encodes H.264 with npm's build of FFmpeg, in a worker, which has the `location` it needs. */
async function encode(videos: readonly { look: string; path: string }[]): Promise<void> {
  const worker = new Worker(new URL("./encode_worker.ts", import.meta.url), { type: "module" });
  try {
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (event) => reject(event.error ?? new Error(event.message));
      worker.postMessage(videos);
    });
  } finally {
    worker.terminate();
  }
}
