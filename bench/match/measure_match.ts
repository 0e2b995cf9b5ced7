import { join } from "node:path";
import { rocAuc } from "../../eval/roc_auc.ts";
import { openIndex } from "../../mod.ts";
import { type WorldVideo, worldVideo } from "../../world/collection.ts";
import { writeVideo } from "../../world/generate.ts";
import { factsOf, sentence } from "../../world/facts.ts";
import { videosWith } from "../../world/queries.ts";
import { Random } from "../../world/random.ts";
import { described, type Split } from "../../world/scene.ts";

/** What to measure with. */
export interface MatchOptions {
  /** A name of the registry, `mini`, or a folder. */
  readonly model: string;
  /** The split of the generated world; the artist of `test` is in no other. */
  readonly split: Split;
  /** Videos that are indexed, and as many that are asked for in vain. */
  readonly videos: number;
}

/** How well good matches are told from the least bad ones. */
export interface MatchFigures {
  /** Of the confidence, over texts of what is in the index against texts of what is not. */
  readonly auc: number;
  /** The same, over those texts alone whose video is found at rank 1: what the model knows. */
  readonly aucFound: number;
  /** The share of texts of what is there that find their video at rank 1. */
  readonly found: number;
  /** The share of texts of what is there that are called a good match. */
  readonly goodPresent: number;
  /** The share of texts of what is not there that are called a good match. */
  readonly goodAbsent: number;
}

/**
 * Measures whether a search tells what is in an index from what is not, on the generated world. The
 * thing that a video is about is asked for with its number, colour and place: of each indexed video,
 * and of each of as many others of which none that is indexed shows the same.
 */
export async function measureMatch({ model, split, videos }: MatchOptions): Promise<MatchFigures> {
  const all = Array.from({ length: 2 * videos }, (_, i) => worldVideo("presence", split, i));
  const inside = all.slice(0, videos);
  const folder = await Deno.makeTempDir({ prefix: "fovea-match-" });
  try {
    for (const { name, scene } of inside) await writeVideo(join(folder, name), scene);
    await using index = await openIndex(join(folder, ".fovea"), { model });
    await Array.fromAsync(index.add([folder]));
    await index.calibrate();
    const present: Answer[] = [], absent: Answer[] = [];
    for (const video of all) {
      const says = mainFacts(video);
      const right = videosWith(says, inside).map(({ name }) => name);
      const text = sentence(says, new Random(video.name));
      const { moments: [best], match } = await index.search(text, { only: "picture" });
      const found = right.some((name) => best.path.endsWith(name));
      (right.length > 0 ? present : absent).push({ ...match!, found });
    }
    const found = present.filter((answer) => answer.found);
    return {
      auc: rocAuc(present.map(confidence), absent.map(confidence)),
      aucFound: rocAuc(found.map(confidence), absent.map(confidence)),
      found: found.length / present.length,
      goodPresent: present.filter(({ good }) => good).length / present.length,
      goodAbsent: absent.filter(({ good }) => good).length / absent.length,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Answer {
  readonly confidence: number;
  readonly good: boolean;
  /** Whether the first result shows what was asked for. */
  readonly found: boolean;
}

const confidence = (answer: Answer) => answer.confidence;

/** The thing that a video is about, in its number, colour and place. */
function mainFacts({ scene }: WorldVideo) {
  const { shot, actor } = described(scene);
  const { thing, count, colour, place } = factsOf(shot, actor);
  return { thing, count, colour, place };
}
