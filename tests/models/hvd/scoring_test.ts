import assert from "node:assert/strict";
import type { FrameTokens, TextTokens } from "../../../models/clip/tokens.ts";
import { frameRows } from "../../../models/hvd/frame_rows.ts";
import { type Heads, identityHeads, loadHeads } from "../../../models/hvd/heads.ts";
import { runsOf } from "../../../models/hvd/pfcm.ts";
import { Reducer } from "../../../models/hvd/reducer.ts";
import { Scorer } from "../../../models/hvd/scorer.ts";
import { testEach } from "../../kernels/backends.ts";
import { assertClose } from "../../kernels/close.ts";
import { clusteredTokens, normals } from "../../kernels/random.ts";
import * as reference from "../../kernels/reference.ts";
import { writeHeads } from "./random_heads.ts";

const DIM = 32;
const PATCHES = 9;

const dir = await Deno.makeTempDir();
await writeHeads(dir, DIM, 3);
const trained = await loadHeads(dir, DIM);
await Deno.remove(dir, { recursive: true });

function clipOf(seed: number, frameCount: number): FrameTokens {
  return {
    frameCount,
    patchesPerFrame: PATCHES,
    dim: DIM,
    frames: normals(seed)(frameCount * DIM),
    patches: clusteredTokens(seed, frameCount * PATCHES, DIM),
  };
}

function textOf(seed: number, wordCount: number): TextTokens {
  const random = normals(seed);
  return {
    sentence: random(DIM),
    words: random(wordCount * DIM),
    wordCount,
    pieces: Array.from({ length: wordCount }, (_, i) => `${i}`),
    truncated: false,
  };
}

function unit(x: Float32Array): Float64Array {
  const out = Float64Array.from(x);
  for (let start = 0; start < out.length; start += DIM) {
    const row = out.subarray(start, start + DIM);
    const length = Math.hypot(...row);
    row.forEach((v, c) => row[c] = v / length);
  }
  return out;
}

function weigh(x: Float32Array, mlp?: { hidden: Layer; output: Layer }): Float64Array {
  const rows = x.length / DIM;
  if (!mlp) return new Float64Array(rows).fill(1 / rows);
  const hidden = reference.linear(x, mlp.hidden).map((v) => Math.max(v, 0));
  return reference.softmax(reference.linear(hidden, mlp.output));
}

interface Layer {
  weight: Float32Array;
  bias: Float32Array;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);

for (const heads of [identityHeads(DIM), trained]) {
  const kind = heads.trained ? "trained" : "identity";
  const clips = [clipOf(1, 12), clipOf(2, 1), clipOf(3, 5)];

  testEach(
    `${kind} heads: a reduced clip is whole and independent of its batch`,
    async (backend) => {
      const reducer = new Reducer(backend, heads);
      const reduced = await reducer.reduce(clips);
      for (const [b, clip] of clips.entries()) {
        const [alone] = await reducer.reduce([clip]);
        assert.deepEqual(reduced[b], alone);
        let tokens = clip.frameCount * PATCHES;
        for (const { labels, importance } of alone.rounds) {
          assert.equal(labels.length, tokens);
          assert.equal(importance.length, tokens);
          if (!heads.trained) assert.ok(importance.every((v) => v === 0));
          tokens = Math.ceil(tokens / 2);
          assert.deepEqual([...new Set(labels)].sort((x, y) => x - y), [...Array(tokens).keys()]);
        }
        assert.equal(alone.entityWeights.length, tokens);
        assert.equal(alone.entities.length, tokens * DIM);
        const frameWeights = weigh(clip.frames, heads.interaction?.frame);
        assertClose(alone.frameWeights, frameWeights, 1e-5, "θ_f");
        const frames = unit(clip.frames);
        const u = Array.from(
          { length: DIM },
          (_, c) => dot(frameWeights, frames.filter((_, at) => at % DIM === c)),
        );
        assertClose(alone.framesPooled, u, 1e-5, "u");
        assertClose(alone.entities, unit(alone.entities), 1e-5, "p̂");
        const e = Array.from({ length: DIM }, (_, c) =>
          dot(
            alone.entityWeights,
            alone.entities.filter((_, at) => at % DIM === c),
          ));
        assertClose(alone.entitiesPooled, e, 1e-5, "e");
        assertClose([alone.entityWeights.reduce((a, b) => a + b, 0)], [1], 1e-5, "Σ θ_p");
      }
    },
  );

  testEach(`${kind} heads: the coarse score is the two sentence similarities`, async (backend) => {
    const reduced = await new Reducer(backend, heads).reduce(clips);
    const scorer = new Scorer(backend, heads);
    const text = textOf(9, 6);
    const query = await scorer.prepare(text);
    assertClose(query.sentence, unit(text.sentence), 1e-6, "T̂_s");
    assertClose(query.words, unit(text.words), 1e-6, "T̂_w");
    assertClose(query.wordWeights, weigh(text.words, heads.interaction?.word), 1e-5, "θ_w");

    const matrix = new Float32Array(clips.length * DIM);
    reduced.forEach(({ framesPooled: u, entitiesPooled: e }, b) => {
      matrix.set(u.map((v, c) => v + e[c]), b * DIM);
    });
    const coarse = await scorer.coarse(query.sentence, matrix);
    const exact = reduced.map((clip, b) =>
      reference.interact(query.sentence, [1], unit(clips[b].frames), clip.frameWeights) +
      reference.interact(query.sentence, [1], clip.entities, clip.entityWeights)
    );
    assertClose(coarse, exact, 1e-5, "coarse");
    const sentenceFrame = Scorer.products(query.sentence, reduced.map((clip) => clip.framesPooled));
    const sentencePatch = Scorer.products(query.sentence, reduced.map((c) => c.entitiesPooled));
    assertClose(sentenceFrame.map((v, b) => v + sentencePatch[b]), exact, 1e-5, "parts");

    const wordPatch = await scorer.wordPatch(query, reduced);
    const stored = reduced.map((clip) => ({ ...clip, entities: new Float16Array(clip.entities) }));
    const wordPatch16 = await scorer.wordPatch(query, stored);
    reduced.forEach(({ entities, entityWeights }, b) => {
      const expected = reference.interact(
        query.words,
        query.wordWeights,
        entities,
        entityWeights,
      );
      assertClose([wordPatch[b]], [expected], 1e-5, "S_wp");
      assertClose([wordPatch16[b]], [expected], 1e-3, "S_wp of float16");
    });
    assert.deepEqual(await scorer.wordPatch(query, [stored[2]]), wordPatch16.subarray(2));
  });

  testEach(
    `${kind} heads: HVD spots frames and reduces what is left of a clip`,
    async (backend) => {
      const scorer = new Scorer(backend, heads);
      const text = textOf(10, 7);
      const query = await scorer.prepare(text);
      const spottable = clips.map(({ frames, patches }, b) => ({
        frames,
        patches: b === 2 ? null : patches,
      }));
      const spotted = await scorer.spot(query, spottable);
      for (const [b, clip] of clips.entries()) {
        const { spotted: frames, sentenceFrame, wordPatch } = spotted[b];
        const units = unit(clip.frames);
        const cosines = Array.from(
          { length: clip.frameCount },
          (_, i) => dot(query.sentence, units.subarray(i * DIM, (i + 1) * DIM)),
        );
        const order = cosines.map((_, i) => i).sort((i, j) => cosines[j] - cosines[i]);
        const best = order.slice(0, Math.ceil(clip.frameCount / 2)).sort((i, j) => i - j);
        assert.deepEqual([...frames], best);

        const part = partOf(clip, best);
        const [reduced] = await new Reducer(backend, heads).reduce([part]);
        assertClose([sentenceFrame], [dot(query.sentence, reduced.framesPooled)], 1e-5, "S_sf");
        if (b === 2) assert.equal(wordPatch, null);
        else assertClose([wordPatch!], await scorer.wordPatch(query, [reduced]), 1e-5, "S_wp");
      }
      // The first stage: all frames of all clips at once, weighed as the whole clips.
      const weights = await new Reducer(backend, heads).weighFrames(clips.map((c) => c.frames));
      const rows = frameRows(
        clips.map(({ frames }, b) => ({ frames, frameWeights: weights[b] })),
        DIM,
      );
      assertClose(
        await scorer.spotFrames(query.sentence, rows),
        spotted.map(({ sentenceFrame }) => sentenceFrame),
        1e-5,
        "S_sf of the first stage",
      );
      // Half precision, as the index keeps it, and another batch: the same frames.
      const half = await scorer.spot(query, [{
        frames: new Float16Array(clips[0].frames),
        patches: new Float16Array(clips[0].patches),
      }]);
      assert.deepEqual(half[0].spotted, spotted[0].spotted);
      assertClose([half[0].sentenceFrame], [spotted[0].sentenceFrame], 1e-2, "S_sf of float16");
    },
  );
}

function partOf(clip: FrameTokens, frames: number[]): FrameTokens {
  const take = (x: Float32Array, length: number) =>
    Float32Array.from(frames.flatMap((f) => [...x.subarray(f * length, (f + 1) * length)]));
  return {
    ...clip,
    frameCount: frames.length,
    frames: take(clip.frames, DIM),
    patches: take(clip.patches, PATCHES * DIM),
  };
}

testEach("the best frame of each clip and its cosine", async (backend) => {
  const scorer = new Scorer(backend, identityHeads(DIM));
  const clip = clipOf(4, 7);
  const frame = clip.frames.slice(3 * DIM, 4 * DIM).map((v) => 2 * v);
  const best = await scorer.bestFrames(frame, [
    clipOf(5, 2).frames,
    new Float16Array(clip.frames),
    clip.frames,
  ]);
  assert.equal(best[2].index, 3);
  assertClose([best[2].score], [1], 1e-6);
  // A batch of both types is widened.
  assert.equal(best[1].index, 3);
  assertClose([best[1].score], [1], 1e-3);
  assert.ok(best[0].score < 0.9);

  const rows = frameRows(
    [clipOf(5, 2), clip].map(({ frames, frameCount }) => ({
      frames,
      frameWeights: new Float32Array(frameCount),
    })),
    DIM,
  );
  const nearest = await scorer.nearestFrames(Float32Array.from(unit(frame)), rows);
  assertClose(nearest, [best[0].score, best[2].score], 1e-6);
});

testEach("clips that do not fit the heads are refused", async (backend) => {
  const heads: Heads = identityHeads(16);
  await assert.rejects(new Reducer(backend, heads).reduce([clipOf(1, 1)]), {
    name: "RangeError",
    message: "Cannot reduce a clip: expected tokens of 16 but found 32",
  });
  const many = { ...clipOf(1, 1), patches: new Float32Array(4097 * DIM), patchesPerFrame: 4097 };
  await assert.rejects(new Reducer(backend, identityHeads(DIM)).reduce([many]), {
    name: "RangeError",
    message: "Cannot cluster a clip of 4097 tokens: expected at most 4096",
  });
});

Deno.test("the highest scores come in falling order, ties by lowest index", () => {
  const scores = Float32Array.of(0.5, 2, -1, 2, 0.5, 3);
  assert.deepEqual(Scorer.highest(scores, 4).map(({ index }) => index), [5, 1, 3, 0]);
  assert.deepEqual(Scorer.highest(scores, 9).map(({ index }) => index), [5, 1, 3, 0, 4, 2]);
  assert.deepEqual(Scorer.highest(scores, 0), []);
});

Deno.test("runs fit the rows and the pairs of a batch", () => {
  assert.deepEqual(runsOf([]), []);
  assert.deepEqual(runsOf([4096, 1]), [[0, 1], [1, 2]]);
  assert.deepEqual(runsOf(new Array(5000).fill(4)), [[0, 4096], [4096, 5000]]);
});
