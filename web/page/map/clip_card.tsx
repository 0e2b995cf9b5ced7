import { useEffect, useState } from "preact/hooks";
import type { ClipResponse, FoundMoment } from "../../api/schemas.ts";
import { useAnswer } from "../use_answer.ts";
import type { Point, Stage } from "./camera.ts";
import { timeRange } from "./clip_link.ts";
import type { PlacedClip } from "./placed_clips.ts";

/** Milliseconds that a clip is pointed at before its frames are compared. */
const REST = 120;

/** A card's width, and the height of what is below its picture, in rem. */
const WIDTH = 15, FACTS = 3.6;

/** Between a card and its clip, and the edges, in rem. */
const GAP = 0.6;

/** The clip that is pointed at: its best frame, its name and its times. */
export function ClipCard({ clip, number, moment, wanted, href, at, stage, rem, lift }: {
  clip: PlacedClip;
  /** Of the clip, on the map. */
  number: number;
  /** What was found of it, if it is one of the best. */
  moment: FoundMoment | undefined;
  /** What its frames are compared with, as an address has it; empty for nothing. */
  wanted: string;
  href: string;
  /** Where the clip is on the stage. */
  at: Point;
  stage: Stage;
  rem: number;
  /** Half the height of what is drawn where the clip is, in CSS pixels. */
  lift: number;
}) {
  const [isRested, setRested] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), REST);
    return () => clearTimeout(timer);
  }, []);
  const isAsked = isRested && !moment && wanted !== "";
  const { value } = useAnswer<ClipResponse>(isAsked ? `/api/clips/${clip.clip}?${wanted}` : null);
  const frame = moment?.frame ?? (value ? nearestFrame(value) : "middle");

  const gap = GAP * rem;
  const width = Math.min(WIDTH * rem, stage.width - 2 * gap);
  const height = width * 9 / 16 + FACTS * rem;
  const left = Math.min(stage.width - width - gap, Math.max(gap, at.x - width / 2));
  const above = at.y - lift - gap - height;
  const top = above >= 0 ? above : Math.min(at.y + lift + gap, stage.height - height);
  return (
    <a
      class="clip-card"
      href={href}
      data-number={number}
      tabIndex={-1}
      aria-hidden="true"
      draggable={false}
      // The focus stays with the clip, else the card would be gone before it is opened.
      onMouseDown={(event) => event.preventDefault()}
      style={{ width: `${width}px`, transform: `translate(${left}px, ${top}px)` }}
    >
      <img src={`/api/clips/${clip.clip}/thumbnails/${frame}`} alt="" draggable={false} />
      <span class="name">{clip.name}</span>
      <span class="when">
        {timeRange(clip)}
        {moment && ` · score ${moment.score.toFixed(3)}`}
      </span>
    </a>
  );
}

/** The number of the frame that is nearest to what is looked for. */
function nearestFrame({ frames }: ClipResponse): number {
  return frames.reduce(
    (best, { similarity }, f) => (similarity ?? -1) > (frames[best].similarity ?? -1) ? f : best,
    0,
  );
}
