import { useEffect, useRef } from "preact/hooks";
import type { FrameDetail } from "../../api/schemas.ts";
import { timecode } from "../timecode.ts";

/** The frames of a clip, how near each is to the query, and which of them FFSM keeps. */
export function FrameStrip({ clip, frames, now, onChoose }: {
  clip: string;
  frames: readonly FrameDetail[];
  /** Where the player is, in seconds. */
  now: number;
  onChoose: (time: number) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const similarities = frames.map(({ similarity }) => similarity ?? 0);
  const least = Math.min(...similarities), most = Math.max(...similarities);
  const best = frames[0]?.similarity == null ? -1 : similarities.indexOf(most);
  const current = frames.findLastIndex(({ time }) => time <= now + 0.02);

  useEffect(() => {
    const strip = list.current!;
    const frame = strip.children.item(current) as HTMLElement | null;
    // The strip alone: the page stays where it is.
    if (frame) strip.scrollLeft = frame.offsetLeft - (strip.clientWidth - frame.offsetWidth) / 2;
  }, [current]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const isElsewhere = event.target instanceof Element &&
        event.target.matches("video, input, select, textarea, [role=slider]");
      if (!step || isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
      const next = Math.min(Math.max(current + step, 0), frames.length - 1);
      event.preventDefault();
      onChoose(frames[next].time);
      list.current!.querySelectorAll<HTMLElement>("button")[next].focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [current, frames]);

  return (
    <ol class="strip" ref={list} aria-label="Frames of the clip">
      {frames.map(({ time, similarity, kept }, i) => (
        <li key={i} class={kept === false ? "dropped" : kept ? "kept" : undefined}>
          <button
            type="button"
            aria-pressed={i === current}
            onClick={() =>
              onChoose(time)}
          >
            <img src={`/api/clips/${clip}/thumbnails/${i}`} alt="" />
            <span class="when">{timecode(time, 1)}</span>
            {similarity !== null && (
              <>
                <meter
                  aria-hidden="true"
                  min={0}
                  max={1}
                  value={most > least ? 0.06 + 0.94 * (similarity - least) / (most - least) : 1}
                />
                <span class="near">
                  <span class="unseen">similarity</span> {similarity.toFixed(3)}
                </span>
                <span class="verdict">{i === best ? "nearest" : kept ? "kept" : "dropped"}</span>
              </>
            )}
          </button>
        </li>
      ))}
    </ol>
  );
}
