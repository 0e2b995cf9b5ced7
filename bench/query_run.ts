/**
 * Queries a synthetic index in a process of its own and prints what it took, as one JSON object
 * with times in milliseconds: `deno run … bench/query_run.ts CLIPS FRAMES ENTITIES`.
 *
 * @module
 */
import { openBackend } from "../kernels/open.ts";
import { openTextTower } from "../models/clip/text.ts";
import { identityHeads } from "../models/hvd/heads.ts";
import { type EntityTokens, type Query, Scorer } from "../models/hvd/scorer.ts";
import { resolveModel } from "../models/registry.ts";
import { Root } from "../pipeline/root.ts";
import { Searcher } from "../pipeline/search/searcher.ts";
import { SubtitleStore } from "../store/subtitle_store.ts";
import { ClipStore } from "../store/clip_store.ts";
import { clipId } from "../store/record.ts";
import { ensureRandomVitB32, RANDOM_VIT_B32 } from "./models/random_vit_b32.ts";
import { peakBytes } from "./process_usage.ts";
import { between, syntheticIndex, topicOf } from "./synthetic_index.ts";
import { median, timed } from "./timed.ts";

const TEXTS = [
  "a dog runs along the beach",
  "two people are cooking in a kitchen",
  "a man plays the guitar on a stage",
  "children jump into a swimming pool",
  "a red car drives through the snow",
];
const CANDIDATES = 100;

const [clips, frames, entities] = Deno.args.map(Number);
await ensureRandomVitB32();
const model = await resolveModel(RANDOM_VIT_B32);
const { place } = await syntheticIndex(clips, { frames, entities });

const began = performance.now();
const store = await ClipStore.open(place);
using subtitles = new SubtitleStore(place);
const searcher = await Searcher.open({
  store,
  subtitles,
  root: Root.of(place),
  model,
  precision: "f32",
  oneShot: false,
});
await searcher.search({ texts: [TEXTS[0]] }, { mode: "skrr" });
const first = performance.now() - began;

// The same texts again, whose clips are in memory, and texts that were not asked before.
const again: number[] = [], fresh: number[] = [];
for (let i = 0; i < 30; i++) {
  const text = TEXTS[i % TEXTS.length];
  await timed(again, () => searcher.search({ texts: [text] }, { mode: "skrr" }));
  await timed(fresh, () => searcher.search({ texts: [`${text} ${i}`] }, { mode: "skrr" }));
}

// The same steps one by one.
const tower = await openTextTower(model);
const scorer = new Scorer(await openBackend("cpu"), identityHeads(model.config.dim));
const all = await store.coarse({ entities: true });
const split = { text: [] as number[], coarse: [] as number[], words: [] as number[] };
for (const text of TEXTS) {
  const query = await scorer.prepare(await timed(split.text, () => tower.encode(text)));
  const scores = await timed(split.coarse, () => scorer.coarse(query.sentence, all.vectors));
  const best = Scorer.highest(scores, CANDIDATES).map(({ index }) => index);
  const entities = await entitiesOf(best);
  await timed(split.words, () => scorer.wordPatch(query, entities));
}

console.log(JSON.stringify({
  clips,
  first,
  warm: median(again),
  fresh: median(fresh),
  text: median(split.text),
  coarse: median(split.coarse),
  words: median(split.words),
  peakBytes: peakBytes(),
  recall: await recallAt10(),
}));
store.close();

/** The share of the ten best clips of all that the two stages find, for texts about a clip each. */
async function recallAt10(): Promise<number> {
  const QUERIES = 10;
  let found = 0;
  for (let q = 0; q < QUERIES; q++) {
    const query = queryAbout(Math.floor((q + 0.5) * clips / QUERIES));
    const coarse = await scorer.coarse(query.sentence, all.vectors);
    const exact = coarse.slice();
    for (let start = 0; start < clips; start += 2000) {
      const part = Array.from({ length: Math.min(2000, clips - start) }, (_, i) => start + i);
      const words = await scorer.wordPatch(query, await entitiesOf(part));
      words.forEach((score, i) => exact[start + i] += score);
    }
    const candidates = new Set(Scorer.highest(coarse, CANDIDATES).map(({ index }) => index));
    // Of the candidates the two stages rank by the exact score, so the best ten that are among them.
    found += Scorer.highest(exact, 10).filter(({ index }) => candidates.has(index)).length;
  }
  return found / (10 * QUERIES);
}

/** A text of nine words, some of them about what a clip shows. */
function queryAbout(clip: number): Query {
  const around = (seed: number, share: number) =>
    between(topicOf(clip), topicOf(clips + seed), share);
  const words = new Float32Array(9 * model.config.dim);
  for (let w = 0; w < 9; w++) {
    words.set(around(clip * 10 + w, w % 2 === 0 ? 0.5 : 0.1), w * model.config.dim);
  }
  return {
    sentence: around(clip * 10 + 9, 0.5),
    words,
    wordWeights: new Float32Array(9).fill(1 / 9),
  };
}

async function entitiesOf(indices: readonly number[]): Promise<EntityTokens[]> {
  return (await store.entities(indices.map(idOf))).filter((it) => it !== null);
}

function idOf(index: number): string {
  return clipId(all.videos[all.video[index]].video, all.clip[index]);
}
