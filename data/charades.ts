/**
 * Charades: 9,848 videos of half a minute, acted at home from a script, which is the query
 * (EclipSE's protocol).
 *
 * @module
 */
import { readCsv } from "./annotation_files.ts";
import { type DataSet, SHORT_VIDEOS } from "./data_set.ts";

const FILES = { train: "Charades_v1_train.csv", test: "Charades_v1_test.csv" } as const;

/** Charades. */
export const charades: DataSet = {
  id: "charades",
  name: "Charades",
  splits: {
    train: { files: [FILES.train], videos: 7_985 },
    test: { files: [FILES.test], videos: 1_863 },
  },
  videos: "001YG.mp4, …",
  sampling: SHORT_VIDEOS,
  isIn: (files) => files.has(FILES.train) || files.has(FILES.test),
  async read(files, split) {
    const rows = await readCsv(files.path(FILES[split === "train" ? "train" : "test"]), [
      "id",
      "script",
    ]);
    return rows.map(({ id, script }) => ({ names: [id], captions: [script] }));
  },
};
