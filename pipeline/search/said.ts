import type { CoarseClips } from "../../store/coarse_clips.ts";
import type { SubtitleStore } from "../../store/subtitle_store.ts";
import type { Found } from "./found.ts";
import { fuse } from "./fusion.ts";
import type { Query, Similarities } from "./query.ts";
import { Speech, type SpeechHit } from "./speech.ts";

/** What is said of a query, and where. */
export interface Said {
  readonly speech: Speech;
  readonly text: string;
  readonly hits: readonly SpeechHit[];
}

/** Searches the subtitles of an index, whose words stay in memory while they are the same. */
export class SaidWords {
  readonly #subtitles: SubtitleStore;
  #latest?: { readonly version: string; readonly speech: Speech };

  constructor(subtitles: SubtitleStore) {
    this.#subtitles = subtitles;
  }

  /** The clips in which the words of a query are said; null where none are. */
  async of({ texts = [] }: Query, clips: CoarseClips): Promise<Said | null> {
    if (texts.length === 0) return null;
    const version = `${clips.version} ${await this.#subtitles.version()}`;
    if (this.#latest?.version !== version) {
      const speech = new Speech(clips, await this.#subtitles.words());
      this.#latest = { version, speech };
    }
    const { speech } = this.#latest;
    const text = texts.join(" ");
    const hits = speech.rank(text);
    return hits.length === 0 ? null : { speech, text, hits };
  }
}

/**
 * Joins what is seen and what is said into one ranking.
 *
 * @param scores Of what is seen, of all clips; −∞ where a filter leaves one out.
 * @param known The similarities of a clip that only its words have found.
 * @param shown How many of the best are shown: what is seen fits a clip that is among so many.
 */
export function withSaid(
  found: readonly Found[],
  { hits }: Said,
  scores: Float32Array,
  known: (index: number) => Similarities,
  shown: number,
): Found[] {
  const said = hits.filter(({ index }) => scores[index] > -Infinity)
    .map(({ index, coverage }) => ({ index, weight: coverage }));
  const spoken = new Set(said.map(({ index }) => index));
  const seen = new Map(found.map((hit, i) => [hit.index, { hit, rank: i }]));
  return fuse(found, said).map((index) => {
    const { hit, rank } = seen.get(index) ??
      { hit: { index, score: scores[index], similarities: known(index) }, rank: Infinity };
    if (!spoken.has(index)) return hit;
    return { ...hit, matched: rank < shown ? "both" : "speech" };
  });
}
