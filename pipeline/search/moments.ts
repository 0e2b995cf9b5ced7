import { Scorer } from "../../models/hvd/scorer.ts";
import type { ClipStore } from "../../store/clip_store.ts";
import type { ClipFrames } from "../../store/clip_vectors.ts";
import { type CoarseClips, idOfClip } from "../../store/coarse_clips.ts";
import type { SubtitleStore } from "../../store/subtitle_store.ts";
import type { Root } from "../root.ts";
import type { SubtitleLine } from "../subtitles/line.ts";
import { type EncodedQuery, type TextPart, wantedOf } from "./encoded_query.ts";
import type { Found } from "./found.ts";
import type { FoundClip, Moment, Similarities } from "./query.ts";
import type { Said } from "./said.ts";
import type { Scoring } from "./scoring.ts";

/** How many further clips of a video are shown with its best. */
export const MOST_OTHERS = 11;

/** What a page of results shows. */
export interface Page {
  /** Of each video the clips that were found, best first; or of each clip itself alone. */
  readonly groups: readonly (readonly Found[])[];
  /** How many groups come before them. */
  readonly offset: number;
  readonly query: EncodedQuery;
  readonly scoring: Scoring;
  readonly clips: CoarseClips;
  readonly said: Said | null;
}

/** Reads what is shown of clips that were found. */
export class Moments {
  readonly #store: ClipStore;
  readonly #subtitles: SubtitleStore;
  readonly #root: Root;
  readonly #scorer: Scorer;

  constructor(store: ClipStore, subtitles: SubtitleStore, root: Root, scorer: Scorer) {
    this.#store = store;
    this.#subtitles = subtitles;
    this.#root = root;
    this.#scorer = scorer;
  }

  /** What is shown of a page: of each group, the best and some others. */
  async read(page: Page): Promise<Moment[]> {
    const shown = page.groups.map((group) => group.slice(0, 1 + MOST_OTHERS));
    const described = (await this.#foundClips(shown.flat(), page)).values();
    const moments: Moment[] = [];
    shown.forEach((group, i) => {
      // A clip that was removed since it was found is passed over.
      const [best, ...others] = group.map(() => described.next().value!)
        .filter((it) => it !== null);
      if (best) moments.push({ ...best, rank: page.offset + i + 1, others });
    });
    return moments;
  }

  /** What is shown of clips, in their order; null for one that was removed since it was found. */
  async #foundClips(
    found: readonly Found[],
    { query, scoring, clips, said }: Page,
  ): Promise<(FoundClip | null)[]> {
    const stored = await this.#store.frames(found.map(({ index }) => idOfClip(clips, index)));
    const frames = stored.flatMap((clip) => clip ? [clip.frames] : []);
    const best = await this.#scorer.bestFrames(wantedOf(query, clips.dim), frames);
    const bestFrames = best.values();
    const lines = await this.#lines(found, said);
    return found.map(({ index, score, similarities, matched }, i) => {
      const clip = stored[i];
      if (!clip) return null;
      const { index: nearest, score: cosine } = bestFrames.next().value!;
      const line = lines[i];
      const frame = matched === "speech" && line ? frameAt(clip.times, line.start) : nearest;
      const { path, duration, created } = clips.videos[clips.video[index]];
      return {
        clip: idOfClip(clips, index),
        video: this.#root.toFile(path),
        path,
        start: clips.start[index],
        end: clips.end[index],
        at: clip.times[frame],
        frame,
        cosine,
        score,
        similarities: addPooled(similarities, query.texts, clip, scoring),
        matched: matched ?? "picture",
        line,
        duration,
        created: created === null ? null : new Date(created),
      };
    });
  }

  /** The line of each clip that says most of the query; null where none does. */
  async #lines(
    found: readonly Found[],
    said: Said | null,
  ): Promise<(SubtitleLine | null)[]> {
    const places = found.map(({ index, matched }) =>
      matched && said ? said.speech.bestLine(index, said.text) : null
    );
    const videos = places.flatMap((place) => place ? [place.video] : []);
    const lines = await this.#subtitles.lines(videos);
    return places.map((place) => {
      // What was read anew since it was found may have fewer lines.
      const text = place && lines.get(place.video)?.[place.line];
      return text ? { start: place.start, end: place.end, text } : null;
    });
  }
}

/** The last frame that is not after a time; the first where all are. */
function frameAt(times: Float64Array, seconds: number): number {
  return Math.max(0, times.findLastIndex((time) => time <= seconds));
}

/** Fills in the similarities that the one-vector forms of a clip give. */
function addPooled(
  known: Similarities,
  texts: readonly TextPart[],
  { framesPooled, entitiesPooled }: ClipFrames,
  { similarities }: Scoring,
): Similarities {
  if (texts.length === 0) return known;
  const product = (pooled: Float32Array) =>
    texts.reduce((sum, { text, weight }) => {
      return sum + weight * Scorer.products(text.sentence, [pooled])[0];
    }, 0);
  return {
    sentenceFrame: known.sentenceFrame ??
      (similarities.has("sentence_frame") ? product(framesPooled) : null),
    sentencePatch: similarities.has("sentence_patch") ? product(entitiesPooled) : null,
    wordPatch: known.wordPatch,
  };
}
