import { numpy as np } from "@jax-js/jax";
import { attributeLoss } from "../../train/attribute_loss.ts";
import { assertClose } from "../kernels/close.ts";
import { tensor, traced } from "./traced.ts";

Deno.test("each region's phrase competes with those of its attribute that are not true beside it", async () => {
  // Two pictures of two regions; two attributes of three and two phrases.
  const cosines = [
    [[0.9, 0.1, -0.2, 0.3, 0.4], [0.2, 0.7, 0.1, -0.5, 0.5]],
    [[-0.3, 0.2, 0.6, 0.1, 0.8], [0.4, -0.1, 0.3, 0.9, 0.2]],
  ];
  const labels = [
    [[1, 0, 0, 1, 0], [0, 1, 0, 0, 0]], // the second region has no value of the second attribute
    [[0, 0, 1, 0, 1], [0, 0, 0, 0, 0]], // and here there is no second region
  ];
  const SCALE = 7;
  const among = (row: number[], own: number, others: number[]) => {
    const power = (k: number) => Math.exp(SCALE * row[k]);
    return -Math.log(power(own) / [own, ...others].reduce((sum, k) => sum + power(k), 0));
  };
  const first = [
    among(cosines[0][0], 0, [2]), // 1 is true of the region beside it
    among(cosines[0][1], 1, [2]),
    among(cosines[1][0], 2, [0, 1]),
  ];
  const second = [among(cosines[0][0], 3, [4]), among(cosines[1][0], 4, [3])];
  const mean = (losses: number[]) => losses.reduce((a, b) => a + b) / losses.length;
  const expected = mean(first) + 0.5 * mean(second);

  const attributes = [{ values: 3, weight: 1 }, { values: 2, weight: 0.5 }];
  const { loss } = await traced(
    { cosines: tensor(cosines), labels: tensor(labels) },
    ({ cosines, labels }) => ({
      loss: attributeLoss(cosines, labels, attributes, np.array(SCALE)),
    }),
  );
  assertClose(loss, [expected], 1e-5 * expected);
});
