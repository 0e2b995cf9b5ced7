import { useEffect, useState } from "preact/hooks";
import type { FoundMoment } from "../../api/schemas.ts";
import { playbackOf } from "../watch/playback.ts";

/** Seconds before and after the best frame that are played. */
const LEAD = 1.5, TAIL = 4.5;

/** Plays a moment over and over, without its sound. */
export function HoverPlayer({ moment }: { moment: FoundMoment }) {
  const { video, at } = moment;
  const start = Math.max(moment.start, at - LEAD), end = Math.min(moment.end, at + TAIL);
  const [source, setSource] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let isGone = false;
    const file = `/api/videos/${video}/file#t=${start}`;
    const made = `/api/videos/${video}/moment?start=${start}&end=${end}&cut=exact`;
    playbackOf(video).then(
      ({ isPlayable }) => !isGone && setSource(isPlayable ? file : made),
      ({ kind }) => !isGone && setError(kind === "moved" ? "The file has moved" : "It cannot play"),
    );
    return () => isGone = true;
  }, []);
  if (error) return <span class="time failed">{error}</span>;
  if (!source) return null;
  const begins = source.includes("#") ? start : 0;
  return (
    <video
      src={source}
      muted
      autoplay
      playsInline
      loop
      disablePictureInPicture
      tabIndex={-1}
      aria-hidden="true"
      onTimeUpdate={({ currentTarget: player }) => {
        if (player.currentTime >= begins + end - start) player.currentTime = begins;
      }}
    />
  );
}
