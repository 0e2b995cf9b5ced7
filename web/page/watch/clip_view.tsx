import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ClipResponse } from "../../api/schemas.ts";
import { go } from "../address/address.ts";
import { isSearch, type Search, searchLike, writeSearch, writeWanted } from "../address/search.ts";
import { clipAddress } from "../search/moment_card.tsx";
import { besideClip } from "../search/remembered_results.ts";
import { BackIcon, LikeIcon, NextIcon, SaveIcon, WhyIcon } from "../style/icons.tsx";
import { timecode } from "../timecode.ts";
import { ErrorTrouble } from "../trouble.tsx";
import { useAnswer } from "../use_answer.ts";
import { Why } from "../why/why.tsx";
import { FrameStrip } from "./frame_strip.tsx";
import { Player } from "./player.tsx";
import { SaveMoment } from "./save_moment.tsx";

type Panel = "why" | "save" | null;

/** A clip: its video at the best moment, its frames, why it was found, and saving of it. */
export function ClipView({ clip, search, at }: {
  clip: string;
  search: Search;
  /** Where to begin, in seconds of the video; null at the frame that is nearest. */
  at: string | null;
}) {
  const query = isSearch(search) ? writeWanted(search) : "";
  const { value, error, retry } = useAnswer<ClipResponse>(`/api/clips/${clip}?${query}`);
  const player = useRef<HTMLVideoElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [now, setNow] = useState(Number(at) || 0);
  const [panel, setPanel] = useState<Panel>(
    new URLSearchParams(location.search).has("why") ? "why" : null,
  );
  useEffect(() => {
    if (!value) return;
    document.title = `${value.name} at ${timecode(now)} · fovea`;
    heading.current!.focus({ preventScroll: true });
  }, [value]);

  usePlayKey(player);
  const searching = writeSearch(search);
  const isOfMap = new URLSearchParams(location.search).has("map");
  const up = `${isOfMap ? "/map" : "/"}${searching && `?${searching}`}`;
  const context = isOfMap ? `${searching}&map=1` : searching;
  if (error) {
    return (
      <section class="watch">
        <a class="plain back" rel="up" href={up}>
          <BackIcon /> Back
        </a>
        <ErrorTrouble isAlone error={error} retry={retry} />
      </section>
    );
  }
  if (!value) return <p class="waiting" role="status">Opening the clip…</p>;

  const seek = (time: number) => {
    player.current!.currentTime = time;
    setNow(time);
  };
  const choose = (next: Panel) => {
    const shown = panel === next ? null : next;
    setPanel(shown);
    const query = new URLSearchParams(location.search);
    if (shown === "why") query.set("why", "1");
    else query.delete("why");
    go(`${location.pathname}?${query}`, { replace: true });
  };
  const { previous, next } = besideClip(searching, clip);
  const neighbour = (id: string) => `/clips/${id}?${context}`;
  return (
    <section class="watch" aria-labelledby="clip">
      <header>
        <a class="plain back" rel="up" href={up}>
          <BackIcon /> {isOfMap ? "Map" : isSearch(search) ? "Results" : "Start"}
        </a>
        <h1 id="clip" ref={heading} tabIndex={-1}>{value.name}</h1>
        <p class="path">
          {value.path}
          <span>
            {timecode(value.start)}–{timecode(value.end)}
            {value.duration !== null && ` of ${timecode(value.duration)}`}
          </span>
          {value.created && <span>{value.created.slice(0, 10)}</span>}
        </p>
        {(previous || next) && (
          <nav class="beside" aria-label="Results">
            <Beside of={previous && clipAddress(previous, context)} label="Previous result">
              <BackIcon />
            </Beside>
            <Beside of={next && clipAddress(next, context)} label="Next result">
              <NextIcon />
            </Beside>
          </nav>
        )}
      </header>
      <Player
        video={value.video}
        at={at === null ? nearest(value) : Number(at) || 0}
        name={value.name}
        player={player}
        onTime={setNow}
      />
      <FrameStrip clip={clip} frames={value.frames} now={now} onChoose={seek} />
      <div class="actions">
        <button type="button" aria-expanded={panel === "why"} onClick={() => choose("why")}>
          <WhyIcon /> Why this?
        </button>
        <button type="button" aria-expanded={panel === "save"} onClick={() => choose("save")}>
          <SaveIcon /> Save the moment
        </button>
        <a class="button" href={`/?${writeSearch(searchLike(clip))}`}>
          <LikeIcon /> More like this
        </a>
        {value.clips > 1 && (
          <nav class="clips" aria-label="Clips of the video">
            <Beside of={value.previous && neighbour(value.previous)} label="Clip before">
              <BackIcon />
            </Beside>
            <span>
              Clip {value.number + 1} of {value.clips}
            </span>
            <Beside of={value.next && neighbour(value.next)} label="Clip after">
              <NextIcon />
            </Beside>
          </nav>
        )}
      </div>
      {panel === "why" && <Why clip={clip} texts={search.text} />}
      {panel === "save" && <SaveMoment clip={value} player={player} now={now} />}
    </section>
  );
}

function Beside({ of, label, children }: {
  of: string | null | undefined;
  label: string;
  children: ComponentChildren;
}) {
  if (!of) return <span class="tool" aria-hidden="true" />;
  return <a class="tool" href={of} data-replace aria-label={label} title={label}>{children}</a>;
}

/** Space plays and pauses, wherever it does nothing else. */
function usePlayKey(player: RefObject<HTMLVideoElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isElsewhere = event.target instanceof Element &&
        event.target.matches("a, button, input, select, summary, video");
      if (event.key !== " " || isElsewhere || !player.current) return;
      event.preventDefault();
      if (player.current.paused) player.current.play();
      else player.current.pause();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** The time of the frame that is nearest to the query. */
function nearest({ frames, start }: ClipResponse): number {
  const best = frames.reduce<ClipResponse["frames"][number] | undefined>(
    (best, frame) => (frame.similarity ?? -1) > (best?.similarity ?? -1) ? frame : best,
    undefined,
  );
  return best?.time ?? start;
}
