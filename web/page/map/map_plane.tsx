import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { go } from "../address/address.ts";
import { readSearch, writeWanted } from "../address/search.ts";
import { MinusIcon, PlusIcon, WholeIcon } from "../style/icons.tsx";
import { beside, clipAt, WAYS } from "./beside.ts";
import { type Camera, panned, type Point, revealed, toStage, WHOLE, zoomed } from "./camera.ts";
import { type Box, choosePictured, pictureOrder } from "./choose_pictured.ts";
import { ClipCard } from "./clip_card.tsx";
import { mappedAddress, timeRange } from "./clip_link.ts";
import { drawPoints } from "./draw_points.ts";
import type { Asked } from "./map_view.tsx";
import { mostZoom, type PlacedClip } from "./placed_clips.ts";
import { pointOf, useGestures } from "./use_gestures.ts";
import { useStage } from "./use_stage.ts";

/** How much a key or a button enlarges. */
const STEP = 1.6;

/** How much of the stage Shift and an arrow key move, in rem. */
const PAN = 6;

/** Around a point, what counts as on it, in rem. */
const REACH = 0.8;

/** What was looked at last: on with that when one comes back from a clip. */
let left: { readonly query: string; readonly camera: Camera; readonly clip: string } | undefined;

/**
 * The plane: a point for every clip, pictures where there is room. It is dragged and enlarged by
 * mouse, fingers and keys; arrow keys walk from clip to clip.
 */
export function MapPlane({ clips, asked, query, current, onCurrent }: {
  clips: readonly PlacedClip[];
  asked: Asked | null;
  /** The search, as an address has it. */
  query: string;
  /** The number of the clip that is pointed at. */
  current: number | null;
  onCurrent: (clip: number | null) => void;
}) {
  const back = useRef(left?.query === query ? left : undefined);
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { stage, rem, scheme } = useStage(element);
  const [camera, setCamera] = useState<Camera>(back.current?.camera ?? WHOLE);
  // The clip that Tab leads to; null: the best one.
  const [walked, setWalked] = useState<number | null>(null);
  const wantsFocus = useRef(false);
  /** Whether a finger is what touches, and what was pointed at before it did. */
  const touch = useRef<{ readonly before: number | null } | null>(null);

  const best = useMemo(() => [...asked?.best.keys() ?? []], [asked]);
  const order = useMemo(() => pictureOrder(clips.length, best), [clips, best]);
  const places = useMemo(() => {
    const places = new Float32Array(2 * clips.length);
    if (stage) {
      clips.forEach((clip, i) => {
        const { x, y } = toStage(camera, stage, clip);
        places[2 * i] = x;
        places[2 * i + 1] = y;
      });
    }
    return places;
  }, [clips, camera, stage]);
  const at = (i: number): Point => ({ x: places[2 * i], y: places[2 * i + 1] });
  const stop = walked !== null && walked < clips.length ? walked : order[0];

  const most = mostZoom(clips.length);
  const pan = (way: Point) => stage && setCamera((camera) => panned(camera, stage, way));
  const zoom = (at: Point, factor: number) =>
    stage && setCamera((camera) => zoomed(camera, stage, at, factor, most));
  const { onPointerMove: onDrag, ...gestures } = useGestures({ pan, zoom });
  const middle = stage ? { x: stage.width / 2, y: stage.height / 2 } : { x: 0, y: 0 };

  useLayoutEffect(() => {
    if (!stage) return;
    const video = current === null ? null : clips[current]?.video ?? null;
    drawPoints(canvas.current!, clips, places, stage, rem, video);
  }, [clips, places, stage, rem, scheme, current]);
  useEffect(() => void (left = undefined), []);
  // Back from a clip: on with where one was.
  useEffect(() => {
    const number = clips.findIndex(({ clip }) => clip === back.current?.clip);
    if (!stage || number < 0) return;
    back.current = undefined;
    wantsFocus.current = true;
    setWalked(number);
  }, [clips, stage]);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const link = element.current!.querySelector<HTMLElement>("a[tabindex='0']");
    link?.focus({ preventScroll: true });
    wantsFocus.current = false;
  });

  const address = (i: number) => mappedAddress(clips[i], i, asked, query);
  const isFocused = () => element.current!.contains(document.activeElement);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    const from = isFocused() ? at(stop) : middle;
    if (way && event.shiftKey) {
      pan({ x: -way.x * PAN * rem, y: -way.y * PAN * rem });
    } else if (way) {
      const next = beside(places, stop, way) ?? stop;
      setWalked(next);
      setCamera(revealed(camera, stage, clips[next]));
    } else if (event.key === "+" || event.key === "=") zoom(from, STEP);
    else if (event.key === "-") zoom(from, 1 / STEP);
    else if (event.key === "0") setCamera(WHOLE);
    else return;
    event.preventDefault();
    wantsFocus.current = true;
  };
  const onPointerMove = (event: PointerEvent) => {
    onDrag(event);
    if (event.pointerType !== "mouse" || event.buttons !== 0) return;
    const link = (event.target as Element).closest<HTMLElement>("a.pictured");
    const pointed = link
      ? Number(link.dataset.number)
      : clipAt(places, pointOf(event), REACH * rem);
    onCurrent(pointed ?? (isFocused() ? stop : null));
  };
  const onClick = (event: MouseEvent) => {
    const link = (event.target as Element).closest<HTMLElement>("a[data-number]");
    const clip = link
      ? Number(link.dataset.number)
      : clipAt(places, pointOf(event), REACH * rem * (touch.current ? 1.5 : 1));
    const isByKey = event.detail === 0;
    // A finger hides what it points at: the first touch shows what the second opens.
    const shows = touch.current && !isByKey && clip !== touch.current.before;
    if (shows || clip === undefined) {
      event.preventDefault();
      return onCurrent(clip ?? null);
    }
    left = { query, camera, clip: clips[clip].clip };
    if (!link) go(address(clip));
  };

  const seen = stage ? order.filter((i) => isOn(at(i), stage.width, stage.height)).length : 0;
  const size = pictureSize(seen, rem, stage?.width ?? 0);
  const asking = asked && stage
    ? askedBox(asked, toStage(camera, stage, asked), stage.width, rem)
    : null;
  const pictured = stage
    ? choosePictured(order, places, stage, size, asking && asking.taken, best.length)
    : [];
  const pictures = new Set(pictured);
  const shown = new Set([...pictured, ...best, stop]);
  if (current !== null && current < clips.length) shown.add(current);
  // Always in one order: what is moved about loses the focus.
  const links = [...shown].sort((a, b) => a - b);
  const half = (i: number) => pictures.has(i) ? size.height / 2 : 0.4 * rem;
  return (
    <div class="frame">
      <div
        {...gestures}
        class={asked ? "plane asking" : "plane"}
        ref={element}
        role="group"
        aria-label="Clips on the map"
        aria-describedby="map-keys"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          touch.current = event.pointerType === "touch" ? { before: current } : null;
          gestures.onPointerDown(event);
        }}
        onPointerMove={onPointerMove}
        onPointerLeave={({ pointerType }) => {
          if (pointerType === "mouse") onCurrent(isFocused() ? stop : null);
        }}
        onClick={onClick}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {asked && asking && (
          <svg class="rays" aria-hidden="true">
            {best.map((i) => (
              <line key={i} x1={asking.at.x} y1={asking.at.y} x2={at(i).x} y2={at(i).y} />
            ))}
          </svg>
        )}
        {stage && (
          <ul>
            {links.map((i) => {
              const rank = best.indexOf(i) + 1;
              const { clip, name } = clips[i];
              const classes = [
                "point",
                pictures.has(i) ? "pictured" : "bare",
                rank > 0 && "best",
                i === current && "current",
              ];
              return (
                <li key={clip}>
                  <a
                    class={classes.filter(Boolean).join(" ")}
                    href={address(i)}
                    data-number={i}
                    tabIndex={i === stop ? 0 : -1}
                    aria-label={`${name}, ${timeRange(clips[i])}${
                      rank > 0 ? `, number ${rank} of the nearest` : ""
                    }`}
                    draggable={false}
                    style={{
                      transform: `translate(${at(i).x}px, ${at(i).y}px) translate(-50%, -50%)`,
                      width: pictures.has(i) ? `${size.width}px` : undefined,
                    }}
                    onFocus={() => {
                      setWalked(i);
                      onCurrent(i);
                    }}
                    onBlur={() => onCurrent(null)}
                  >
                    {pictures.has(i) && (
                      <img
                        src={`/api/clips/${clip}/thumbnails/${
                          asked?.best.get(i)?.frame ?? "middle"
                        }`}
                        alt=""
                        draggable={false}
                        decoding="async"
                        // Of a clip that was removed since.
                        onError={({ currentTarget }) => currentTarget.hidden = true}
                      />
                    )}
                  </a>
                </li>
              );
            })}
          </ul>
        )}
        {asked && asking && (
          <p
            class="asked"
            aria-hidden="true"
            style={{ transform: `translate(${asking.at.x}px, ${asking.at.y}px)` }}
          >
            <span style={{ left: `${asking.taken.x - asking.at.x}px` }}>{asked.text}</span>
          </p>
        )}
        {stage && current !== null && current < clips.length && (
          <ClipCard
            key={`${query} ${clips[current].clip}`}
            clip={clips[current]}
            number={current}
            moment={asked?.best.get(current)}
            wanted={writeWanted(readSearch(new URLSearchParams(query)))}
            href={address(current)}
            at={at(current)}
            stage={stage}
            rem={rem}
            lift={half(current)}
          />
        )}
      </div>
      <div class="zooms" role="group" aria-label="Zoom">
        <button
          type="button"
          class="tool"
          aria-label="Enlarge"
          title="Enlarge (+)"
          disabled={camera.zoom >= most}
          onClick={() => zoom(middle, STEP)}
        >
          <PlusIcon />
        </button>
        <button
          type="button"
          class="tool"
          aria-label="Make smaller"
          title="Make smaller (−)"
          disabled={camera.zoom <= 1}
          onClick={() => zoom(middle, 1 / STEP)}
        >
          <MinusIcon />
        </button>
        <button
          type="button"
          class="tool"
          aria-label="The whole map"
          title="The whole map (0)"
          disabled={camera.zoom <= 1}
          onClick={() => setCamera(WHOLE)}
        >
          <WholeIcon />
        </button>
      </div>
    </div>
  );
}

function isOn({ x, y }: Point, width: number, height: number): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

/** Pictures are the larger the fewer clips there are to see. */
function pictureSize(seen: number, rem: number, width: number) {
  const sizes = width < 40 * rem ? [6, 5, 4.25] : [11, 8.5, 6.5];
  const wide = sizes[seen <= 24 ? 0 : seen <= 120 ? 1 : 2] * rem;
  return { width: wide, height: wide * 9 / 16 };
}

/** Where what is looked for is on the stage, and the box of its words: at edges, beside it. */
function askedBox(
  { text }: Asked,
  at: Point,
  across: number,
  rem: number,
): { at: Point; taken: Box } {
  const width = Math.min(14, 1.5 + 0.5 * text.length) * rem;
  const least = width / 2 + 0.4 * rem;
  const within = Math.min(across - least, Math.max(least, at.x));
  // What is moved off the stage takes its words with it.
  const x = at.x + Math.min(width / 2, Math.max(-width / 2, within - at.x));
  return { at, taken: { x, y: at.y - 0.9 * rem, width, height: 3.2 * rem } };
}
