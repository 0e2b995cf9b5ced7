/**
 * Whether a search tells what is in an index from what is not:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-ffi bench/match/measure.ts [MODEL]
 *
 * MODEL is a folder or a name, `mini` by default.
 */
import { measureMatch } from "./measure_match.ts";

const [model = "mini"] = Deno.args;
for (const split of ["validation", "test"] as const) {
  const { auc, aucFound, found, goodPresent, goodAbsent } = await measureMatch({
    model,
    split,
    videos: 60,
  });
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  console.log(
    `${split}: ROC-AUC ${auc.toFixed(3)}, of texts whose video is found ${aucFound.toFixed(3)} ` +
      `(${percent(found)}); called good: ${percent(goodPresent)} of what is there, ` +
      `${percent(goodAbsent)} of what is not`,
  );
}
Deno.exit();
