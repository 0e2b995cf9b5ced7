/**
 * DiDeMo: videos of half a minute, whose sentences about moments are one paragraph for retrieval.
 *
 * @module
 */
import { z } from "zod";
import { readJson, readLines } from "./annotation_files.ts";
import { type DataSet, LISTS, LONG_VIDEOS, type Split } from "./data_set.ts";

const FILES: Readonly<Record<Split, string>> = {
  train: "train_data.json",
  validation: "val_data.json",
  test: "test_data.json",
};

const Moments = z.array(z.object({ video: z.string(), description: z.string() }));

/** DiDeMo, video to paragraph. A list of names beside the annotations leaves out the others. */
export const didemo: DataSet = {
  id: "didemo",
  name: "DiDeMo",
  splits: {
    train: { files: [FILES.train], videos: 8_395 },
    validation: { files: [FILES.validation], videos: 1_065 },
    test: { files: [FILES.test], videos: 1_004 },
  },
  videos: "12090392@N02_13482799053_87ef417396.mov, …, whatever their extension",
  sampling: LONG_VIDEOS,
  isIn: (files) => Object.values(FILES).some((name) => files.has(name)),
  async read(files, split) {
    const moments = await readJson(files.path(FILES[split]), Moments);
    const list = LISTS[split];
    const wanted = files.has(list)
      ? new Set((await readLines(files.path(list))).map(({ text }) => text))
      : null;
    return [...Map.groupBy(moments, ({ video }) => video)]
      .filter(([video]) => wanted?.has(video) ?? true)
      .map(([video, of]) => ({
        names: [video],
        captions: [of.map(({ description }) => description.trim()).join(" ")],
      }));
  },
};
