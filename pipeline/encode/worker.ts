/** The worker that owns the vision tower's session, whose runs block their thread. */
import * as Comlink from "comlink";
import type { Provider } from "../../onnx/session.ts";
import type { ModelFiles } from "../../models/registry.ts";
import type { Precision } from "../../models/clip/tower.ts";
import { openVisionTower, type VisionTower } from "../../models/clip/vision.ts";
import type { FrameTokens } from "../../models/clip/tokens.ts";
import { transfer } from "../transfer.ts";

/** Encodes clips with a vision tower. */
export class EncodeWorker {
  #tower?: VisionTower;

  async open(
    model: ModelFiles,
    options: { provider: Provider; threads: number; precision: Precision },
  ): Promise<void> {
    this.#tower = await openVisionTower(model, options);
  }

  async encode(pixels: Uint8Array): Promise<FrameTokens> {
    const tokens = await this.#tower!.encode(pixels);
    return transfer(tokens, [tokens.frames, tokens.patches]);
  }
}

Comlink.expose(new EncodeWorker());
