/**
 * MSVD: 1,970 clips of YouTube with about 40 captions each.
 *
 * @module
 */
import { z } from "zod";
import { readLines, readPickle } from "./annotation_files.ts";
import { type DataSet, LISTS, SHORT_VIDEOS } from "./data_set.ts";

const CAPTIONS = "raw-captions.pkl";

/** The words of each caption of each clip. */
const Captions = z.record(z.string(), z.array(z.array(z.string())));

/** MSVD. */
export const msvd: DataSet = {
  id: "msvd",
  name: "MSVD",
  splits: {
    train: { files: [CAPTIONS, LISTS.train], videos: 1_200 },
    validation: { files: [CAPTIONS, LISTS.validation], videos: 100 },
    test: { files: [CAPTIONS, LISTS.test], videos: 670 },
  },
  videos: "mv89psg6zh4_33_46.avi, …",
  sampling: SHORT_VIDEOS,
  isIn: (files) => files.has(CAPTIONS),
  async read(files, split) {
    const captions = await readPickle(files.path(CAPTIONS), Captions);
    return (await readLines(files.path(LISTS[split]))).map(({ text: video }) => ({
      names: [video],
      captions: (captions[video] ?? []).map((words) => words.join(" ")),
    }));
  },
};
