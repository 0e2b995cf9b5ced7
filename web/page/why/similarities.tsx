import type { ExplanationResponse } from "../../api/schemas.ts";

/** What each of the three similarities gave. */
export function Similarities({ explained: { similarities, aligned } }: {
  explained: ExplanationResponse;
}) {
  const rows = [
    ["Sentence and frames", similarities.sentenceFrame],
    ["Sentence and places", similarities.sentencePatch],
    ["Words and places", similarities.wordPatch],
  ] as const;
  return (
    <div class="similarities">
      <h3>What the three similarities gave</h3>
      <dl>
        {rows.map(([name, value], i) =>
          value !== null && (
            <div key={name} class={i > 0 && !aligned ? "unused" : undefined}>
              <dt>{name}</dt>
              <dd>
                <meter min={0} max={1} value={value} aria-hidden="true" /> {value.toFixed(3)}
              </dd>
            </div>
          )
        )}
      </dl>
      {!aligned && (
        <p class="note">
          This model was not trained to compare places with words, so only the first counts in the
          score, and words match places by chance.
        </p>
      )}
    </div>
  );
}
