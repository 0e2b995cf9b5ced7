/**
 * ActivityNet Captions: videos of some minutes, whose sentences are one paragraph for retrieval.
 * The papers test on `val_1`.
 *
 * @module
 */
import { z } from "zod";
import { readJson } from "./annotation_files.ts";
import { type DataSet, LONG_VIDEOS } from "./data_set.ts";

const FILES = { train: "train.json", test: "val_1.json" } as const;
const IDS = { train: "train_ids.json", test: "val_ids.json" } as const;

const Videos = z.record(z.string(), z.object({ sentences: z.array(z.string()) }));

/** ActivityNet, video to paragraph. A list of names beside the annotations leaves out others. */
export const activityNet: DataSet = {
  id: "activitynet",
  name: "ActivityNet",
  splits: {
    train: { files: [FILES.train], videos: 10_009 },
    test: { files: [FILES.test], videos: 4_917 },
  },
  videos: "v_bXdq2zI1Ms0.mp4, …, with or without v_",
  sampling: LONG_VIDEOS,
  isIn: (files) => files.has(FILES.test),
  async read(files, split) {
    const part = split === "train" ? "train" : "test";
    const videos = await readJson(files.path(FILES[part]), Videos);
    const ids = files.has(IDS[part])
      ? await readJson(files.path(IDS[part]), z.array(z.string()))
      : Object.keys(videos);
    return [...new Set(ids)].map((id) => ({
      names: [id, id.replace(/^v_/, "")],
      captions: videos[id] ? [videos[id].sentences.map((it) => it.trim()).join(" ")] : [],
    }));
  },
};
