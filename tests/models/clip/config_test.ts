import assert from "node:assert/strict";
import { parseClipConfig, readClipConfig } from "../../../models/clip/config.ts";

Deno.test("what a config leaves out is as in ViT-B/32", () => {
  assert.deepEqual(parseClipConfig({ model_type: "clip" }), {
    dim: 512,
    vision: {
      width: 768,
      layers: 12,
      heads: 12,
      mlpWidth: 3072,
      activation: "quick_gelu",
      epsilon: 1e-5,
      imageSize: 224,
      patchSize: 32,
      patches: 49,
      stem: [],
    },
    text: {
      width: 512,
      layers: 12,
      heads: 8,
      mlpWidth: 2048,
      activation: "quick_gelu",
      epsilon: 1e-5,
      vocabularySize: 49408,
      contextLength: 77,
      endOfText: 49407,
    },
  });
});

Deno.test("ViT-L/14 is read, its repeated fields included", () => {
  const config = parseClipConfig({
    model_type: "clip",
    projection_dim: 768,
    text_config: { hidden_size: 512, eos_token_id: 2 },
    text_config_dict: { hidden_size: 768, num_attention_heads: 12, intermediate_size: 3072 },
    vision_config: { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16 },
    vision_config_dict: { patch_size: 14, intermediate_size: 4096 },
  });
  assert.equal(config.dim, 768);
  assert.equal(config.text.width, 768);
  assert.equal(config.text.endOfText, null, "2 stands for the highest id of a text");
  assert.equal(config.vision.patches, 256);
  assert.equal(config.vision.mlpWidth, 4096);
});

const refused: [json: unknown, message: string][] = [
  [[], "the file is not an object"],
  [{}, 'its model_type is missing and only "clip" is supported'],
  [{ model_type: "siglip" }, 'its model_type is "siglip" and only "clip" is supported'],
  [{ model_type: "clip", vision_config: { stem: 2 } }, "its stem is not a list of stages"],
  [
    { model_type: "clip", vision_config: { stem: [{ stride: 2 }] } },
    "a stage of its stem has no width",
  ],
  [
    { model_type: "clip", vision_config: { stem: [{ stride: 16, width: 768, blocks: 1 }] } },
    "its stem makes 768 channels of 16 pixels, not its hidden_size 768 of its patch_size 32",
  ],
  [{ model_type: "clip", vision_config: 7 }, "vision_config is not an object"],
  [
    { model_type: "clip", vision_config: { hidden_size: 770 } },
    "its hidden_size 770 is not a multiple of its 12 heads",
  ],
  [
    { model_type: "clip", text_config: { hidden_act: "gelu_pytorch_tanh" } },
    'its hidden_act is "gelu_pytorch_tanh" and only "quick_gelu" and "gelu" are supported',
  ],
  [
    { model_type: "clip", vision_config: { patch_size: 300 } },
    "its patch_size 300 is above its image_size 224",
  ],
  [
    { model_type: "clip", text_config: { vocab_size: "many" } },
    'its vocab_size is "many", not an integer of at least 1',
  ],
  [
    { model_type: "clip", vision_config: { num_channels: 1 } },
    "its pictures do not have 3 channels",
  ],
  [{ model_type: "clip", text_config: { layer_norm_eps: 0 } }, "its layer_norm_eps is 0"],
];
for (const [json, message] of refused) {
  Deno.test(`refused: ${message}`, () => {
    assert.throws(() => parseClipConfig(json), new TypeError(message));
  });
}

Deno.test("a config that cannot be read names its file in one line", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "{");
  await assert.rejects(
    readClipConfig(path),
    new Error(`Cannot read the model's config "${path}": it is not JSON`),
  );
  await Deno.writeTextFile(path, '{"model_type":"siglip"}');
  await assert.rejects(
    readClipConfig(path),
    new Error(
      `Cannot use the model of "${path}": its model_type is "siglip" and only "clip" is supported`,
    ),
  );
  await Deno.remove(path);
});
