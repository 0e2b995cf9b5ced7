import { clipAddress } from "../search/moment_card.tsx";
import { timeRange } from "./clip_link.ts";
import type { Asked } from "./map_view.tsx";

/** The clips that fit what is looked for best; they are pointed out on the map. */
export function NearestList({ asked, query, current, onCurrent }: {
  asked: Asked;
  /** The search, as an address has it. */
  query: string;
  current: number | null;
  onCurrent: (clip: number | null) => void;
}) {
  return (
    <>
      <h2>Nearest to it</h2>
      <ol class="nearest-clips">
        {[...asked.best].map(([number, moment]) => (
          <li key={moment.clip}>
            <a
              href={clipAddress(moment, `${query}&map=1`)}
              class={number === current ? "current" : undefined}
              onPointerEnter={() => onCurrent(number)}
              onPointerLeave={() => onCurrent(null)}
              onFocus={() => onCurrent(number)}
              onBlur={() => onCurrent(null)}
            >
              <img src={`/api/clips/${moment.clip}/thumbnails/${moment.frame}`} alt="" />
              <span class="name">{moment.name}</span>
              <span class="when">
                {timeRange(moment)} · <span class="unseen">score</span> {moment.score.toFixed(3)}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </>
  );
}
