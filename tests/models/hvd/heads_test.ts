import assert from "node:assert/strict";
import { loadHeads } from "../../../models/hvd/heads.ts";
import { writeSafetensors } from "../../../models/safetensors.ts";
import { headTensors, settings, writeHeads } from "./random_heads.ts";

async function inFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("without files the heads are the identity", () =>
  inFolder(async (dir) => {
    const heads = await loadHeads(dir, 16);
    assert.equal(heads.trained, false);
    assert.equal(heads.rounds, null);
    assert.equal(heads.interaction, null);
    assert.equal(heads.fingerprint, null);
    assert.deepEqual(heads.similarities, ["sentence_frame"]);
    assert.deepEqual(heads.parameters, {
      rounds: 3,
      keepRatio: 0.5,
      neighbours: 3,
      spotRatio: 0.5,
      attentionHeads: 8,
    });
  }));

Deno.test("heads are read with their settings", () =>
  inFolder(async (dir) => {
    await writeHeads(dir, 16, 2);
    const heads = await loadHeads(dir, 16);
    assert.equal(heads.trained, true);
    assert.equal(heads.name, "test");
    assert.equal(heads.trainedOn, "noise");
    assert.match(heads.fingerprint!, /^[0-9a-f]{64}$/);
    assert.equal(heads.parameters.rounds, 2);
    assert.equal(heads.parameters.attentionHeads, 4);
    assert.equal(heads.parameters.neighbours, 3);
    assert.equal(heads.rounds!.length, 2);
    assert.equal(heads.rounds![1].attention.keyValue.weight.length, 2 * 16 * 16);
    assert.equal(heads.interaction!.word.hidden.bias.length, 32);
    assert.equal((await loadHeads(dir, 16)).fingerprint, heads.fingerprint);
  }));

Deno.test("heads that do not fit are refused in one line", () =>
  inFolder(async (dir) => {
    const refused = async (dim: number, message: RegExp) => {
      await assert.rejects(loadHeads(dir, dim), (error: Error) => {
        assert.match(error.message, /^Cannot load the heads in "[^\n]+[^.\n]$/);
        assert.match(error.message, message);
        return true;
      });
    };
    await writeHeads(dir, 16, 1);
    await refused(
      32,
      /expected "rounds.0.convolution.weight" to be \[32,32,3\] but found \[16,16,3\]/,
    );
    const write = (changed: object) =>
      Deno.writeTextFile(`${dir}/fovea.json`, JSON.stringify({ ...settings(1), ...changed }));
    await write({ rounds: 2 });
    await refused(16, /there is no tensor "rounds.1.convolution.weight"/);
    await write({ keepRatio: 1.5 });
    await refused(16, /expected keepRatio to be above 0 and at most 1 but found 1.5/);
    await write({ neighbours: 17 });
    await refused(16, /expected neighbours to be an integer from 1 to 16 but found 17/);
    await write({ attentionHeads: 5 });
    await refused(16, /attentionHeads 5 does not divide the width 16/);
    await write({ similarities: ["word_frame"] });
    await refused(16, /expected similarities to be a list of/);
    await write({ similarities: ["sentence_patch", "word_patch"] });
    await refused(
      16,
      /expected similarities to have sentence_frame but found sentence_patch,word_/,
    );
    await Deno.writeTextFile(`${dir}/fovea.json`, "{");
    await refused(16, /fovea.json is not JSON/);
    await Deno.remove(`${dir}/fovea.json`);
    await refused(16, /heads.safetensors is there but fovea.json is not/);
    await write({});
    await writeSafetensors(`${dir}/heads.safetensors`, headTensors(16, 1).slice(1));
    await refused(16, /there is no tensor/);
    await Deno.remove(`${dir}/heads.safetensors`);
    await refused(16, /fovea.json is there but heads.safetensors is not/);
  }));
