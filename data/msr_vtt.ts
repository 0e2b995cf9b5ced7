/**
 * MSR-VTT: 10,000 clips with 20 captions each.
 *
 * - 9k/1K-A, the papers' protocol: train on 9,000 clips with all captions, test on 1,000 pairs.
 * - Full: the split of its authors, 20 captions a clip in the test too.
 *
 * @module
 */
import { z } from "zod";
import { readCsv, readJson } from "./annotation_files.ts";
import { type Annotation, type DataSet, SHORT_VIDEOS, type Split } from "./data_set.ts";
import type { FolderFiles } from "./folder_files.ts";

const DATA = "MSRVTT_data.json";
const TRAIN_9K = "MSRVTT_train.9k.csv";
const TEST_1K_A = "MSRVTT_JSFUSION_test.csv";

const Data = z.object({
  videos: z.array(z.object({ video_id: z.string(), split: z.string() })),
  sentences: z.array(z.object({ video_id: z.string(), caption: z.string() })),
});

async function withAllCaptions(
  files: FolderFiles,
  choose: (videos: z.infer<typeof Data>["videos"]) => Iterable<string> | Promise<Iterable<string>>,
): Promise<Annotation[]> {
  const { videos, sentences } = await readJson(files.path(DATA), Data);
  const captions = Map.groupBy(sentences, ({ video_id }) => video_id);
  return Array.from(await choose(videos), (video) => ({
    names: [video],
    captions: (captions.get(video) ?? []).map(({ caption }) => caption),
  }));
}

/** MSR-VTT, 9k/1K-A. */
export const msrVtt: DataSet = {
  id: "msr-vtt",
  name: "MSR-VTT 1K-A",
  splits: {
    train: { files: [DATA, TRAIN_9K], videos: 9_000 },
    test: { files: [TEST_1K_A], videos: 1_000 },
  },
  videos: "video0.mp4, video1.mp4, …",
  sampling: SHORT_VIDEOS,
  isIn: (files) => files.has(TEST_1K_A) || files.has(TRAIN_9K),
  async read(files, split) {
    if (split === "train") {
      const rows = await readCsv(files.path(TRAIN_9K), ["video_id"]);
      return await withAllCaptions(files, () => rows.map(({ video_id }) => video_id));
    }
    const rows = await readCsv(files.path(TEST_1K_A), ["video_id", "sentence"]);
    return rows.map(({ video_id, sentence }) => ({ names: [video_id], captions: [sentence] }));
  },
};

const OFFICIAL: Readonly<Record<Split, string>> = {
  train: "train",
  validation: "validate",
  test: "test",
};

/** MSR-VTT, the full split. */
export const msrVttFull: DataSet = {
  id: "msr-vtt-full",
  name: "MSR-VTT full",
  splits: {
    train: { files: [DATA], videos: 6_513 },
    validation: { files: [DATA], videos: 497 },
    test: { files: [DATA], videos: 2_990 },
  },
  videos: msrVtt.videos,
  sampling: SHORT_VIDEOS,
  isIn: (files) => files.has(DATA) && !msrVtt.isIn(files),
  read: (files, split) =>
    withAllCaptions(
      files,
      (videos) =>
        videos.filter((video) => video.split === OFFICIAL[split]).map(({ video_id }) => video_id),
    ),
};
