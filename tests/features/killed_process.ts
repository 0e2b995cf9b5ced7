/** Computes features of the sample videos and kills itself once some videos are in. */
import { computeFeatures } from "../../features/compute_features.ts";
import { resolveModel } from "../../models/registry.ts";
import { MODEL } from "../cli/fovea.ts";
import { sampleData } from "./sample_data.ts";

const [folder, dir, videos] = Deno.args;
await computeFeatures(dir, await sampleData(folder), await resolveModel(MODEL), {
  frames: 5,
  device: "cpu",
  onProgress: (done) => {
    if (done.videos >= Number(videos)) Deno.kill(Deno.pid, "SIGKILL");
  },
});
