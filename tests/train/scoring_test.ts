import assert from "node:assert/strict";
import { scoreFeatures } from "../../eval/score_features.ts";
import { openBackend } from "../../kernels/open.ts";
import { loadHeads } from "../../models/hvd/heads.ts";
import { METHODS } from "../../train/configuration.ts";
import { methodParameters } from "../../train/method_objective.ts";
import { initialValues } from "../../train/parameters.ts";
import { openScorer } from "../../train/scoring.ts";
import { storeHeads } from "../../train/store_heads.ts";
import { Random } from "../../world/random.ts";
import { assertClose } from "../kernels/close.ts";
import { randomFeatures } from "./random_features.ts";

for (const method of ["skrr", "hvd"] as const) {
  Deno.test(`${method}: search scores as training does, from the stored heads`, async () => {
    const features = randomFeatures({ dim: 16, patches: 9 });
    const settings = { ...METHODS[method], attentionHeads: 2, rounds: 2 };
    const random = new Random("heads");
    const specs = methodParameters(features.dim, 0, settings);
    const values = initialValues(specs, () => random.next());
    for (const data of Object.values(values)) {
      data.forEach((_, i) => data[i] += random.between(-0.1, 0.1));
    }
    const dir = await Deno.makeTempDir();
    const card = { name: "trained", trainedOn: "made-up videos" };
    await storeHeads(dir, values, settings, features.dim, card);
    const heads = await loadHeads(dir, features.dim);
    const backend = await openBackend("cpu");
    const CANDIDATES = 4;
    const search = await scoreFeatures(features, heads, backend, {
      mode: method,
      candidates: CANDIDATES,
    });

    const scorer = await openScorer(features, settings, CANDIDATES);
    const training = await scorer.score(values);
    await scorer.close();
    await Deno.remove(dir, { recursive: true });
    assert.deepEqual(training.videoOf, search.videoOf);
    // Search keeps entities in half precision, of 11 bits.
    assertClose(training.values, search.values, method === "skrr" ? 2 ** -11 : 2e-5);
  });
}
