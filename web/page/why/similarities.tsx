import type { ExplanationResponse } from "../../api/schemas.ts";

/** What each of the similarities gave, and which of them the score is the sum of. */
export function Similarities({ explained }: { explained: ExplanationResponse }) {
  const { mode, similarities, counted, score } = explained;
  const rows = [
    ["sentenceFrame", mode === "hvd" ? "Sentence and kept frames" : "Sentence and frames"],
    ["sentencePatch", "Sentence and places"],
    ["wordPatch", "Words and places"],
  ] as const;
  const uncounted = whyUncounted(explained);
  return (
    <div class="similarities">
      <h3>What the score is made of</h3>
      <dl>
        {rows.map(([key, name]) => {
          const value = similarities[key];
          if (value === null) return null;
          const counts = counted.includes(key);
          return (
            <div key={key} class={counts ? undefined : "unused"}>
              <dt>
                {name}
                {!counts && <small>not counted</small>}
              </dt>
              <dd>
                <meter min={0} max={1} value={value} aria-hidden="true" /> {value.toFixed(3)}
              </dd>
            </div>
          );
        })}
        <div class="score">
          <dt>Score</dt>
          <dd>{score.toFixed(3)}</dd>
        </div>
      </dl>
      {uncounted && <p class="note">{uncounted}</p>}
    </div>
  );
}

/** Why what is shown does not all count; null where it does. */
function whyUncounted(
  { mode, aligned, similarities, counted }: ExplanationResponse,
): string | null {
  const taken = Object.values(similarities).filter((value) => value !== null);
  if (taken.length === counted.length) return null;
  if (mode === "hvd") {
    return "This index keeps no patches, so only the kept frames count in the score. Clusters and " +
      "words are shown over all frames.";
  }
  return aligned
    ? "This model was not trained with those that are not counted."
    : "This model was not trained to compare places with words, so only the first counts in the " +
      "score, and words match places by chance.";
}
