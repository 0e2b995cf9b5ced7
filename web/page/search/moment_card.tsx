import { useRef, useState } from "preact/hooks";
import type { FoundMoment, Result } from "../../api/schemas.ts";
import { type Search, searchLike, writeSearch } from "../address/search.ts";
import { LikeIcon, WhyIcon } from "../style/icons.tsx";
import { timecode } from "../timecode.ts";
import { HoverPlayer } from "./hover_player.tsx";

/** Milliseconds that a pointer rests on a card before it plays. */
const REST = 150;

/** Other moments that are shown of a video. */
const MOST_OTHERS = 4;

/** A moment: its picture, which plays under the pointer, where it is, and how near it came. */
export function MomentCard({ result, search, isFirst }: {
  result: Result;
  search: Search;
  /** Whether it is in sight at once, and its picture need not wait for the layout to tell. */
  isFirst: boolean;
}) {
  const { clip, name, path, frame, start, end, score, others, line, matched } = result;
  const [isPlaying, setPlaying] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const play = () => {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!isStill) timer.current = setTimeout(() => setPlaying(true), REST);
  };
  const stop = () => {
    clearTimeout(timer.current);
    setPlaying(false);
  };
  const query = writeSearch(search);
  return (
    <li class="moment">
      <a
        class="open"
        href={clipAddress(result, query)}
        data-clip={clip}
        onPointerEnter={({ pointerType }) => pointerType === "mouse" && play()}
        onPointerLeave={stop}
        onFocus={({ currentTarget }) => currentTarget.matches(":focus-visible") && play()}
        onBlur={stop}
      >
        <span class="picture">
          <img
            src={`/api/clips/${clip}/thumbnails/${frame}`}
            alt={`${name}, the frame at ${timecode(result.at)}`}
            loading={isFirst ? "eager" : "lazy"}
            decoding="async"
          />
          {isPlaying && <HoverPlayer key={result.at} moment={result} />}
          <span class="time">
            {timecode(start)}–{timecode(end)}
          </span>
        </span>
      </a>
      <div class="facts">
        <p class="name" title={path}>{name}</p>
        {matched !== "speech" && (
          <p class="score" title={similarityTitle(result)}>
            <span class="unseen">score</span> {score.toFixed(3)}
          </p>
        )}
        <div class="tools">
          <a
            class="tool"
            href={`/?${writeSearch(searchLike(clip))}`}
            aria-label={`More like this: ${name} at ${timecode(result.at)}`}
            title="More like this"
          >
            <LikeIcon />
          </a>
          {search.text.length > 0 && (
            <a
              class="tool"
              href={`${clipAddress(result, query)}&why=1`}
              aria-label={`Why this? ${name} at ${timecode(result.at)}`}
              title="Why this?"
            >
              <WhyIcon />
            </a>
          )}
        </div>
      </div>
      {line && matched !== "picture" && (
        <p class="line">
          <span class="unseen">Said at {timecode(line.start)}:</span> “{line.text}”
        </p>
      )}
      {others.length > 0 && (
        <ul class="others" aria-label={`More of ${name}`}>
          {others.slice(0, MOST_OTHERS).map((other) => (
            <li key={other.clip}>
              <a href={clipAddress(other, query)}>
                <img
                  src={`/api/clips/${other.clip}/thumbnails/${other.frame}`}
                  alt={`at ${timecode(other.at)}`}
                  loading="lazy"
                />
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Where a moment is looked at. */
export function clipAddress({ clip, at }: FoundMoment, query: string): string {
  return `/clips/${clip}?${query}&at=${at}`;
}

function similarityTitle({ similarities }: FoundMoment): string {
  const { sentenceFrame, sentencePatch, wordPatch } = similarities;
  const parts = Object.entries({
    "sentence–frame": sentenceFrame,
    "sentence–patch": sentencePatch,
    "word–patch": wordPatch,
  }).filter(([, value]) => value !== null);
  return parts.map(([name, value]) => `${name} ${value!.toFixed(3)}`).join(", ");
}
