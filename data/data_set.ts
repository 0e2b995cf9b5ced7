import type { FolderFiles } from "./folder_files.ts";

/** The parts of a public data set. */
export type Split = "train" | "validation" | "test";

/** What a data set says of one video. */
export interface Annotation {
  /** What the video is called, and what else its file may be called. */
  readonly names: readonly [string, ...string[]];
  readonly captions: readonly string[];
}

/** What belongs to one split. */
export interface SplitFiles {
  /** The annotations that it needs. */
  readonly files: readonly string[];
  /** How many videos the papers evaluate on or train with. */
  readonly videos: number;
}

/** A public data set. */
export interface DataSet {
  /** What it is called on the command line. */
  readonly id: string;
  /** What it is called in tables. */
  readonly name: string;
  readonly splits: Readonly<Partial<Record<Split, SplitFiles>>>;
  /** What its videos' files are called, for messages. */
  readonly videos: string;
  /** N_f and N_w of the papers (SKRR, A.1): 64 each for long videos. */
  readonly sampling: { readonly frames: number; readonly words: number };
  /** Whether a folder looks like it. */
  isIn(files: FolderFiles): boolean;
  /**
   * Reads the annotations of a split, whose files are there.
   *
   * @throws {Error} If they are damaged, in words that follow "Cannot load NAME from FOLDER: ".
   */
  read(files: FolderFiles, split: Split): Promise<Annotation[]>;
}

/** Sampling of videos of up to half a minute. */
export const SHORT_VIDEOS = { frames: 12, words: 32 };

/** Sampling of videos of minutes, whose captions are paragraphs. */
export const LONG_VIDEOS = { frames: 64, words: 64 };

/** The files that name the videos of each split in several data sets. */
export const LISTS: Readonly<Record<Split, string>> = {
  train: "train_list.txt",
  validation: "val_list.txt",
  test: "test_list.txt",
};
