/**
 * VATEX: clips of ten seconds with ten English captions each.
 *
 * - Retrieval papers split its validation set into 1,500 clips to validate and 1,500 to test, in
 *   lists of names.
 * - Official: the split of its authors.
 *
 * @module
 */
import { z } from "zod";
import { readJson, readLines } from "./annotation_files.ts";
import { type Annotation, type DataSet, LISTS, SHORT_VIDEOS, type Split } from "./data_set.ts";
import type { FolderFiles } from "./folder_files.ts";

const FILES: Readonly<Record<Split, string>> = {
  train: "vatex_training_v1.0.json",
  validation: "vatex_validation_v1.0.json",
  test: "vatex_public_test_english_v1.1.json",
};

const Clips = z.array(z.object({ videoID: z.string(), enCap: z.array(z.string()) }));

async function clips(files: FolderFiles, split: Split): Promise<Annotation[]> {
  const found = await readJson(files.path(FILES[split]), Clips);
  return found.map(({ videoID, enCap }) => ({ names: [videoID], captions: enCap }));
}

const isVatex = (files: FolderFiles) => Object.values(FILES).some((name) => files.has(name));

/** VATEX as retrieval papers split it. */
export const vatex: DataSet = {
  id: "vatex",
  name: "VATEX",
  splits: {
    train: { files: [FILES.train], videos: 25_991 },
    validation: { files: [FILES.validation, LISTS.validation], videos: 1_500 },
    test: { files: [FILES.validation, LISTS.test], videos: 1_500 },
  },
  videos: "Ptf_2VRj-V0_000122_000132.mp4, …",
  sampling: SHORT_VIDEOS,
  isIn: (files) => isVatex(files) && files.has(LISTS.test),
  async read(files, split) {
    if (split === "train") return await clips(files, "train");
    const all = new Map((await clips(files, "validation")).map((clip) => [clip.names[0], clip]));
    return (await readLines(files.path(LISTS[split])))
      .map(({ text: name }) => all.get(name) ?? { names: [name], captions: [] });
  },
};

/** VATEX as its authors split it. */
export const vatexOfficial: DataSet = {
  id: "vatex-official",
  name: "VATEX official",
  splits: {
    train: { files: [FILES.train], videos: 25_991 },
    validation: { files: [FILES.validation], videos: 3_000 },
    test: { files: [FILES.test], videos: 6_000 },
  },
  videos: vatex.videos,
  sampling: SHORT_VIDEOS,
  isIn: (files) => isVatex(files) && !vatex.isIn(files),
  read: clips,
};
