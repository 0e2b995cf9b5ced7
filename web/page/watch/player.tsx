import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { ErrorTrouble } from "../trouble.tsx";
import { playbackOf } from "./playback.ts";
import { SegmentSource } from "./segment_source.ts";

/** Plays a video, first from a given time, whatever its format. */
export function Player({ video, at, name, player, onTime }: {
  video: string;
  /** In seconds. */
  at: number;
  name: string;
  player: RefObject<HTMLVideoElement | null>;
  onTime: (seconds: number) => void;
}) {
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isGone = false;
    let segments: SegmentSource | undefined;
    const fail = (error: unknown) => {
      if (isGone) return;
      setError(error instanceof ApiError ? error : new ApiError("failed", String(error)));
    };
    setError(null);
    playbackOf(video).then((playback) => {
      const element = player.current;
      if (isGone || !element) return;
      const begin = () => element.currentTime = Math.min(at, playback.duration);
      element.addEventListener("loadedmetadata", begin, { once: true });
      if (playback.isPlayable) element.src = `/api/videos/${video}/file`;
      else segments = new SegmentSource(element, video, playback, fail);
    }).catch(fail);
    return () => {
      isGone = true;
      segments?.close();
      // Ends what is still being loaded.
      player.current?.removeAttribute("src");
      player.current?.load();
    };
  }, [video, attempt]);
  return (
    <div class="stage">
      <video
        ref={player}
        controls
        playsInline
        preload="auto"
        aria-label={name}
        hidden={error !== null}
        onTimeUpdate={({ currentTarget }) => onTime(currentTarget.currentTime)}
        onSeeking={({ currentTarget }) => onTime(currentTarget.currentTime)}
        onError={({ currentTarget: { error, src } }) => {
          if (error && src) {
            setError(new ApiError("failed", `Cannot play ${name}: ${error.message}`));
          }
        }}
      />
      {error && <ErrorTrouble error={error} retry={() => setAttempt(attempt + 1)} />}
    </div>
  );
}
