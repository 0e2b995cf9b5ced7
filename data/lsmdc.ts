/**
 * LSMDC: 118,081 short clips of 202 films.
 *
 * @module
 */
import { basename } from "node:path";
import { readLines } from "./annotation_files.ts";
import { type DataSet, SHORT_VIDEOS, type Split } from "./data_set.ts";

const FILES: Readonly<Record<Split, string>> = {
  train: "LSMDC16_annos_training.csv",
  validation: "LSMDC16_annos_val.csv",
  // Spelt as it is published.
  test: "LSMDC16_challenge_1000_publictect.csv",
};

/** The clip, when it begins and ends, twice, and the sentence. */
const FIELDS = 6;

/** LSMDC. A clip may have several sentences. */
export const lsmdc: DataSet = {
  id: "lsmdc",
  name: "LSMDC",
  splits: {
    train: { files: [FILES.train], videos: 101_079 },
    validation: { files: [FILES.validation], videos: 7_408 },
    test: { files: [FILES.test], videos: 1_000 },
  },
  videos: "3001_21_JUMP_STREET_00.00.15.462-00.00.16.931.avi, …",
  sampling: SHORT_VIDEOS,
  isIn: (files) => Object.values(FILES).some((name) => files.has(name)),
  async read(files, split) {
    const path = files.path(FILES[split]);
    // It is called CSV, but its fields are separated by tabs and never quoted.
    const rows = (await readLines(path)).map(({ text, number }) => {
      const fields = text.split("\t");
      if (fields.length !== FIELDS) {
        throw new Error(
          `${basename(path)} line ${number}: expected ${FIELDS} fields but found ${fields.length}`,
        );
      }
      return { clip: fields[0], sentence: fields[FIELDS - 1] };
    });
    return [...Map.groupBy(rows, ({ clip }) => clip)].map(([clip, of]) => ({
      names: [clip],
      captions: of.map(({ sentence }) => sentence),
    }));
  },
};
