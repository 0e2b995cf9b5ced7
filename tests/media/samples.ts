import { join } from "node:path";
import { closeEncoder, encode } from "./encode.ts";

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
  const looks: Uint8Array[] = [];
  for (const look of LOOKS.slice(0, count)) {
    const codec = ["-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"];
    const path = await encode(["-f", "lavfi", "-i", look, "-t", "2", ...codec], "mp4");
    looks.push(await Deno.readFile(path));
  }
  await closeEncoder();
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
