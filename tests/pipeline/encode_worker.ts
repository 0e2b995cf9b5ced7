import createFFmpegCore from "@ffmpeg/core";
import { createRequire } from "node:module";

self.addEventListener("message", async ({ data }: MessageEvent) => {
  const wasm = createRequire(import.meta.url).resolve("@ffmpeg/core/wasm");
  const core = await createFFmpegCore({
    wasmBinary: await Deno.readFile(wasm),
    mainScriptUrlOrBlob: `#${btoa(JSON.stringify({ wasmURL: "", workerURL: "" }))}`,
  });
  core.setLogger(() => {});
  for (const { look, path } of data as { look: string; path: string }[]) {
    core.reset();
    core.exec(
      ...["-hide_banner", "-f", "lavfi", "-i", look, "-t", "2", "-g", "10"],
      ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "/out.mp4"],
    );
    await Deno.writeFile(path, core.FS.readFile("/out.mp4"));
  }
  self.postMessage(null);
});
