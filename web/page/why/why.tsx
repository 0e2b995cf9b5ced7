import { useMemo, useState } from "preact/hooks";
import type { ExplanationResponse } from "../../api/schemas.ts";
import { DraftInput } from "../style/draft_input.tsx";
import { timecode } from "../timecode.ts";
import { ErrorTrouble } from "../trouble.tsx";
import { useAnswer } from "../use_answer.ts";
import { clusterColors, heatColors } from "./patch_colors.ts";
import { PatchCanvas } from "./patch_canvas.tsx";
import { Similarities } from "./similarities.tsx";

/** What the picture shows. */
type Shown =
  | { readonly kind: "frame" }
  | { readonly kind: "clusters" | "importance"; readonly round: number }
  | { readonly kind: "word"; readonly word: number };

/** Why a clip was found: clusters, importance, and the places that words matched. */
export function Why({ clip, texts }: { clip: string; texts: readonly string[] }) {
  const [text, setText] = useState(texts[0] ?? "");
  const query = new URLSearchParams({ text });
  const { value, error, loading, retry } = useAnswer<ExplanationResponse>(
    text ? `/api/clips/${clip}/explanation?${query}` : null,
  );
  return (
    <section class="panel why" aria-labelledby="why" aria-busy={loading}>
      <h2 id="why">Why this?</h2>
      <form class="ask" onSubmit={(event) => event.preventDefault()}>
        <label>
          Words that are explained
          <DraftInput
            value={text}
            list="texts"
            maxLength={1000}
            autocomplete="off"
            onCommit={setText}
          />
        </label>
        <datalist id="texts">{texts.map((text) => <option key={text} value={text} />)}</datalist>
        <button type="submit">Explain</button>
      </form>
      {error && <ErrorTrouble error={error} retry={retry} />}
      {!text && (
        <p class="note">
          Only words can be explained: say what to look for in the frames.
        </p>
      )}
      {loading && !value && <p role="status">Taking the search apart…</p>}
      {value && !error && <Explained key={value.text} explained={value} />}
    </section>
  );
}

function Explained({ explained }: { explained: ExplanationResponse }) {
  const { clip, rounds, words, frameSimilarity, times, kept, clustered } = explained;
  const nearest = frameSimilarity.indexOf(Math.max(...frameSimilarity));
  const [frame, setFrame] = useState(nearest);
  const [chosen, setShown] = useState<Shown>({ kind: "clusters", round: rounds.length - 1 });
  const [pointed, setPointed] = useState<number | null>(null);
  const shown: Shown = pointed === null ? chosen : { kind: "word", word: pointed };

  const shownKey = JSON.stringify(shown);
  const drawn = useMemo(() => drawingOf(explained, shown), [explained, shownKey]);
  // Drawn anew only when something else is to be seen.
  const pictures = useMemo(() => {
    const edges = shown.kind === "clusters" ? rounds[shown.round].cluster : null;
    return times.map((_, f) => ({
      colors: drawn && ofFrame(explained, drawn.colors, f),
      edges: edges && ofFrame(explained, edges, f),
    }));
  }, [drawn]);
  const said = describe(explained, shown, frame);
  const isOn = (it: Shown) => JSON.stringify(it) === JSON.stringify(chosen);
  const choice = (it: Shown, label: string) => (
    <button
      type="button"
      aria-pressed={isOn(it)}
      onClick={() => setShown(it)}
    >
      {label}
    </button>
  );
  const isImportant = rounds.some(({ importance }) => importance !== null);

  return (
    <div class="explained">
      <figure>
        <PatchCanvas
          clip={clip}
          frame={frame}
          {...pictures[frame]}
          opacity={drawn?.opacity ?? 1}
          label={`The frame at ${timecode(times[frame], 1)}`}
        />
        <figcaption aria-live="polite">{said}</figcaption>
      </figure>
      <div class="choose">
        <div class="row" role="group" aria-label="What the picture shows">
          {choice({ kind: "frame" }, "The frame")}
          {rounds.map((_, round) =>
            choice({ kind: "clusters", round }, `Clusters, round ${round + 1}`)
          )}
          {rounds.map(({ importance }, round) =>
            importance && choice({ kind: "importance", round }, `Importance, round ${round + 1}`)
          )}
        </div>
        {!isImportant && (
          <p class="note">All places count the same: this index has no trained heads.</p>
        )}
        {clustered.length < times.length && (
          <p class="note">
            Frames far from the text are dropped; the places of the {clustered.length}{" "}
            that are kept are clustered.
          </p>
        )}
        <div>
          <h3>Places that a word matched</h3>
          <p class="note">
            Beside each word, the cosine of its nearest place: how well the two fit, 1 at most.
            “(whole)” is the mark at the end of the text, which stands for all of it.
          </p>
          <ul class="words" onPointerLeave={() => setPointed(null)}>
            {words.map((word, i) => (
              <li key={i}>
                <button
                  type="button"
                  aria-pressed={isOn({ kind: "word", word: i })}
                  onPointerEnter={({ pointerType }) => pointerType === "mouse" && setPointed(i)}
                  onFocus={({ currentTarget }) =>
                    currentTarget.matches(":focus-visible") && setPointed(i)}
                  onBlur={() => setPointed(null)}
                  onClick={() => {
                    setShown({ kind: "word", word: i });
                    setPointed(null);
                  }}
                >
                  {readable(word.text)} <small>{Math.max(...word.similarity).toFixed(2)}</small>
                </button>
              </li>
            ))}
          </ul>
        </div>
        <Similarities explained={explained} />
      </div>
      <ol class="strip all" aria-label="All frames">
        {times.map((time, f) => (
          <li key={f} class={kept[f] ? "kept" : "dropped"}>
            <button type="button" aria-pressed={f === frame} onClick={() => setFrame(f)}>
              <PatchCanvas
                clip={clip}
                frame={f}
                {...pictures[f]}
                opacity={drawn?.opacity ?? 1}
                label=""
              />
              <span class="when">{timecode(time, 1)}</span>
              <span class="near">
                <span class="unseen">similarity</span>
                {frameSimilarity[f].toFixed(3)}
              </span>
              <span class="verdict">{kept[f] ? "kept" : "dropped"}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** A colour a patch of the clustered frames; null for the bare frames. */
function drawingOf(
  { rounds, words }: ExplanationResponse,
  shown: Shown,
): { colors: string[]; opacity: number } | null {
  switch (shown.kind) {
    case "frame":
      return null;
    case "clusters":
      return { colors: clusterColors(rounds, shown.round), opacity: 0.55 };
    case "importance":
      return { colors: heatColors(rounds[shown.round].importance!), opacity: 1 };
    case "word": {
      const { similarity } = words[shown.word];
      const last = rounds[rounds.length - 1].cluster;
      return { colors: heatColors(last.map((token) => similarity[token])), opacity: 1 };
    }
  }
}

/** The part of one frame in what holds a value a patch; null of a frame that is not clustered. */
function ofFrame<T>(
  { clustered, patchesPerFrame }: ExplanationResponse,
  values: readonly T[],
  frame: number,
): T[] | null {
  const at = clustered.indexOf(frame);
  return at < 0 ? null : values.slice(at * patchesPerFrame, (at + 1) * patchesPerFrame);
}

const ROWS = ["top", "middle", "bottom"], COLUMNS = ["left", "centre", "right"];

/** Says what the picture shows. */
function describe(explained: ExplanationResponse, shown: Shown, frame: number): string {
  const { rounds, words, patchesPerFrame, times, clustered } = explained;
  if (shown.kind !== "frame" && !clustered.includes(frame)) {
    return "This frame is dropped: it is too far from the text, and its places do not count.";
  }
  const of = (values: readonly number[]) => ofFrame(explained, values, frame)!;
  const place = (values: readonly number[]) => {
    const across = Math.sqrt(patchesPerFrame);
    const best = values.indexOf(Math.max(...values));
    const row = ROWS[Math.floor((3 * Math.floor(best / across)) / across)];
    const column = COLUMNS[Math.floor((3 * (best % across)) / across)];
    return row === "middle" && column === "centre" ? "in the middle" : `at the ${row} ${column}`;
  };
  switch (shown.kind) {
    case "frame":
      return "The frame. The model sees the square in its middle, as a grid of patches.";
    case "clusters": {
      const { clusters, cluster } = rounds[shown.round];
      const here = new Set(of(cluster)).size;
      const whole = clustered.length < times.length ? "kept frames" : "clip";
      return `After round ${shown.round + 1}, ${clusters} clusters are left of the ` +
        `${cluster.length} patches of the ${whole}; ${here} of them reach into this frame. ` +
        "Each has a colour, the same in all frames.";
    }
    case "importance":
      return `Importance that round ${shown.round + 1} merges by: most ` +
        `${place(of(rounds[shown.round].importance!))} of this frame.`;
    case "word": {
      const { text, similarity } = words[shown.word];
      const values = of(rounds[rounds.length - 1].cluster).map((token) => similarity[token]);
      return `“${readable(text)}” matches best ${place(values)} of this frame: ` +
        `${Math.max(...values).toFixed(3)}. Bright is near.`;
    }
  }
}

/** Names the marks that CLIP puts around a text. */
function readable(word: string): string {
  if (/start/i.test(word) && word.startsWith("<")) return "(begin)";
  if (/end/i.test(word) && word.startsWith("<")) return "(whole)";
  return word;
}
