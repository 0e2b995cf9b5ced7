/**
 * Writes a ViT-B/32 CLIP of random weights in Hugging Face layout, 605 MB: the size and the work
 * of the real one, for benchmarks and trials on machines that cannot download it.
 *
 *     deno run --allow-read --allow-write bench/models/random_vit_b32.ts [DIR]
 *
 * The same bytes come out every time. Weights are drawn as CLIP's own initialisation draws them,
 * only the attention's values are larger: else an untrained class token hardly sees its picture
 * and all frames would look alike.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type TensorSource, writeSafetensors } from "../../models/safetensors.ts";
import { openaiDefinition } from "../../tests/models/clip/vocabulary.ts";

const VISION = { width: 768, layers: 12, heads: 12 };
const TEXT = { width: 512, layers: 12, heads: 8 };
const IMAGE = 224;
const PATCH = 32;
const VOCABULARY = 49408;
const CONTEXT = 77;
const DIM = 512;
const VALUE_GAIN = 4;

/** Where {@linkcode ensureRandomVitB32} puts the model. */
export const RANDOM_VIT_B32 = fileURLToPath(new URL("../data/random-vit-b32", import.meta.url));

/**
 * Makes the model unless it is there.
 *
 * @param dir The folder; made if missing.
 */
export async function ensureRandomVitB32(dir: string = RANDOM_VIT_B32): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  try {
    await Deno.stat(`${dir}/model.safetensors`); // written last
    return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.writeTextFile(`${dir}/config.json`, JSON.stringify(CONFIG, null, 2));
  await Deno.writeTextFile(`${dir}/tokenizer.json`, JSON.stringify(await openaiDefinition()));
  await writeSafetensors(`${dir}/model.safetensors`, tensors(), { format: "pt" });
}

const CONFIG = {
  architectures: ["CLIPModel"],
  model_type: "clip",
  projection_dim: DIM,
  text_config: {
    model_type: "clip_text_model",
    hidden_size: TEXT.width,
    intermediate_size: 4 * TEXT.width,
    num_hidden_layers: TEXT.layers,
    num_attention_heads: TEXT.heads,
    vocab_size: VOCABULARY,
    max_position_embeddings: CONTEXT,
    hidden_act: "quick_gelu",
    layer_norm_eps: 1e-5,
    bos_token_id: VOCABULARY - 2,
    eos_token_id: VOCABULARY - 1,
  },
  vision_config: {
    model_type: "clip_vision_model",
    hidden_size: VISION.width,
    intermediate_size: 4 * VISION.width,
    num_hidden_layers: VISION.layers,
    num_attention_heads: VISION.heads,
    image_size: IMAGE,
    patch_size: PATCH,
    hidden_act: "quick_gelu",
    layer_norm_eps: 1e-5,
  },
};

function tensors(): TensorSource[] {
  const sources: TensorSource[] = [];
  const add = (name: string, shape: number[], deviation: number, mean = 0) => {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const data = () => normal(name, length, deviation, mean);
    sources.push({ name, dtype: "F32", shape, data });
  };
  const linear = (name: string, outputs: number, inputs: number, deviation: number) => {
    add(`${name}.weight`, [outputs, inputs], deviation);
    add(`${name}.bias`, [outputs], 0.01);
  };
  const norm = (name: string, width: number) => {
    add(`${name}.weight`, [width], 0.02, 1);
    add(`${name}.bias`, [width], 0.02);
  };
  const encoder = (prefix: string, { width, layers }: typeof VISION) => {
    const inner = width ** -0.5 * (2 * layers) ** -0.5;
    for (let i = 0; i < layers; i++) {
      const layer = `${prefix}.encoder.layers.${i}`;
      norm(`${layer}.layer_norm1`, width);
      for (const name of ["q_proj", "k_proj"]) {
        linear(`${layer}.self_attn.${name}`, width, width, width ** -0.5);
      }
      linear(`${layer}.self_attn.v_proj`, width, width, VALUE_GAIN * inner);
      linear(`${layer}.self_attn.out_proj`, width, width, width ** -0.5);
      norm(`${layer}.layer_norm2`, width);
      linear(`${layer}.mlp.fc1`, 4 * width, width, (2 * width) ** -0.5);
      linear(`${layer}.mlp.fc2`, width, 4 * width, inner);
    }
  };

  add("logit_scale", [], 0, Math.log(100));
  const text = "text_model.embeddings";
  add(`${text}.position_embedding.weight`, [CONTEXT, TEXT.width], 0.01);
  add(`${text}.token_embedding.weight`, [VOCABULARY, TEXT.width], 0.02);
  encoder("text_model", TEXT);
  norm("text_model.final_layer_norm", TEXT.width);
  add("text_projection.weight", [DIM, TEXT.width], TEXT.width ** -0.5);

  const vision = "vision_model.embeddings";
  add(`${vision}.class_embedding`, [VISION.width], VISION.width ** -0.5);
  add(`${vision}.patch_embedding.weight`, [VISION.width, 3, PATCH, PATCH], 0.02);
  const tokens = 1 + (IMAGE / PATCH) ** 2;
  add(`${vision}.position_embedding.weight`, [tokens, VISION.width], 0.02);
  norm("vision_model.pre_layrnorm", VISION.width);
  encoder("vision_model", VISION);
  norm("vision_model.post_layernorm", VISION.width);
  add("visual_projection.weight", [DIM, VISION.width], VISION.width ** -0.5);
  return sources;
}

/** Normally distributed float32 values that depend on the seed alone, as bytes. */
function normal(seed: string, length: number, deviation: number, mean: number): Uint8Array {
  let state = [...seed].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16777619), 1);
  const uniform = () => { // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = mean + radius * Math.cos(angle);
    if (i + 1 < length) values[i + 1] = mean + radius * Math.sin(angle);
  }
  return new Uint8Array(values.buffer);
}

if (import.meta.main) await ensureRandomVitB32(Deno.args[0]);
