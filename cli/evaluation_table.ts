import type { Directions, MatrixFigures } from "../eval/evaluate_matrix.ts";
import type { Metrics } from "../eval/metrics.ts";

const COLUMNS: readonly (readonly [name: string, (metrics: Metrics) => string])[] = [
  ["R@1", ({ r1 }) => r1.toFixed(1)],
  ["R@5", ({ r5 }) => r5.toFixed(1)],
  ["R@10", ({ r10 }) => r10.toFixed(1)],
  ["MdR", ({ medianRank }) => String(medianRank)],
  ["MnR", ({ meanRank }) => meanRank.toFixed(2)],
  ["R@Sum", ({ rSum }) => rSum.toFixed(1)],
];

const WIDTH = 8;

/** The figures as a table for a terminal. */
export function evaluationTable(
  { withOtherQueries, meanOfTies, ...own }: MatrixFigures,
): string {
  const title = (text: string) => text.padEnd(16);
  const header = title("") + COLUMNS.map(([name]) => name.padStart(WIDTH)).join("");
  const row = (name: string, metrics: Metrics) =>
    title(name) + COLUMNS.map(([, show]) => show(metrics).padStart(WIDTH)).join("");
  const rows = ({ textToVideo, videoToText }: Directions) => [
    row("text to video", textToVideo),
    row("video to text", videoToText),
  ];
  const ties = own.textToVideo.meanRank < meanOfTies.textToVideo.meanRank ||
    own.videoToText.meanRank < meanOfTies.videoToText.meanRank;
  return [
    header,
    ...rows(own),
    ...(ties ? ["ties at the mean of their places, not the best", ...rows(meanOfTies)] : []),
    "",
    "With the test set's other queries, which a search has not got:",
    "dual softmax, T = 100",
    ...rows(withOtherQueries.dualSoftmax),
    "QB-Norm, β = 20, k = 1",
    ...rows(withOtherQueries.qbNorm),
  ].join("\n");
}

/** The figures as `--json` prints them. */
export function evaluationJson({ withOtherQueries, meanOfTies, ...own }: MatrixFigures) {
  const metrics = ({ r1, r5, r10, rSum, medianRank, meanRank }: Metrics) => ({
    r1,
    r5,
    r10,
    r_sum: rSum,
    median_rank: medianRank,
    mean_rank: meanRank,
  });
  const both = ({ textToVideo, videoToText }: Directions) => ({
    text_to_video: metrics(textToVideo),
    video_to_text: metrics(videoToText),
  });
  return {
    ...both(own),
    mean_of_ties: both(meanOfTies),
    with_other_queries: {
      dual_softmax: both(withOtherQueries.dualSoftmax),
      qb_norm: both(withOtherQueries.qbNorm),
    },
  };
}
