import type { RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ClipResponse, CommandResponse } from "../../api/schemas.ts";
import { ApiError, ask, reach } from "../api.ts";
import { DraftInput } from "../style/draft_input.tsx";
import { timecode } from "../timecode.ts";

/** Seconds around the clip that the ends can be drawn to. */
const MARGIN = 15;

/** The shortest moment, in seconds. */
const SHORTEST = 0.1;

/** Saves a moment as a file of its own, between two ends that can be moved. */
export function SaveMoment({ clip, player, now }: {
  clip: ClipResponse;
  player: RefObject<HTMLVideoElement | null>;
  /** Where the player is, in seconds. */
  now: number;
}) {
  const limit = clip.duration ?? clip.end + MARGIN;
  const [start, setStart] = useState(rounded(clip.start));
  const [end, setEnd] = useState(rounded(Math.min(clip.end, limit)));
  const [format, setFormat] = useState<"mp4" | "gif">("mp4");
  const [cut, setCut] = useState<"copy" | "exact">("exact");
  const [said, setSaid] = useState<{ text: string; isError?: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const save = useRef<HTMLAnchorElement>(null);

  const from = Math.max(0, Math.min(start, clip.start - MARGIN));
  const to = Math.max(end, Math.min(limit, clip.end + MARGIN));
  const query = new URLSearchParams({ start: String(start), end: String(end), format, cut });
  const address = `/api/videos/${clip.video}/moment`;

  const moveStart = (time: number) => {
    setStart(rounded(Math.min(Math.max(0, time), end - SHORTEST)));
  };
  const moveEnd = (time: number) => {
    setEnd(rounded(Math.max(Math.min(time, limit), start + SHORTEST)));
  };
  const attempt = async (work: () => Promise<string>) => {
    setBusy(true);
    setSaid({ text: "Working…" });
    try {
      setSaid({ text: await work() });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setSaid({ text: error.message, isError: true });
    } finally {
      setBusy(false);
    }
  };
  const download = () =>
    attempt(async () => {
      // Made first, so that what goes wrong is said here and not saved as a file.
      await reach(`${address}?${query}`, { headers: { range: "bytes=0-0" } });
      save.current!.click();
      return "Saved.";
    });
  const copyCommand = () =>
    attempt(async () => {
      const { command } = await ask<CommandResponse>(`${address}/command?${query}`);
      // Browsers have a clipboard on this machine and over TLS alone.
      await navigator.clipboard?.writeText(command);
      return navigator.clipboard ? `Copied: ${command}` : command;
    });
  const watch = () => {
    const element = player.current!;
    const stop = () => {
      if (element.currentTime < end) return;
      element.pause();
      element.removeEventListener("timeupdate", stop);
    };
    element.currentTime = start;
    element.addEventListener("timeupdate", stop);
    element.play();
  };

  const range = { type: "range", min: from, max: to, step: 0.1 } as const;
  return (
    <section class="panel save" aria-labelledby="save">
      <h2 id="save">Save the moment</h2>
      <div
        class="ends"
        style={{
          "--start": String((start - from) / (to - from)),
          "--end": String((end - from) / (to - from)),
        }}
      >
        <input
          {...range}
          value={start}
          aria-label="Begins at"
          aria-valuetext={timecode(start, 1)}
          onInput={({ currentTarget }) => moveStart(currentTarget.valueAsNumber)}
        />
        <input
          {...range}
          value={end}
          aria-label="Ends at"
          aria-valuetext={timecode(end, 1)}
          onInput={({ currentTarget }) => moveEnd(currentTarget.valueAsNumber)}
        />
      </div>
      <div class="fields">
        <label>
          From, in seconds
          <DraftInput
            type="number"
            step="any"
            min={0}
            required
            value={start}
            onCommit={(value) => moveStart(Number(value))}
          />
        </label>
        <button type="button" onClick={() => moveStart(now)}>Begin here</button>
        <label>
          To, in seconds
          <DraftInput
            type="number"
            step="any"
            min={0}
            required
            value={end}
            onCommit={(value) => moveEnd(Number(value))}
          />
        </label>
        <button type="button" onClick={() => moveEnd(now)}>End here</button>
        <button type="button" onClick={watch}>
          Play these {(end - start).toFixed(1)} s
        </button>
      </div>
      <div class="choices">
        <Choice
          legend="As"
          options={{ mp4: "MP4", gif: "GIF" }}
          value={format}
          onChange={setFormat}
        />
        {format === "mp4" && (
          <Choice
            legend="Cut"
            options={{ exact: "exactly, encoded anew", copy: "at the key frame before, as it is" }}
            value={cut}
            onChange={setCut}
          />
        )}
      </div>
      <div class="actions">
        <button type="button" class="primary" disabled={isBusy} onClick={download}>Save</button>
        <button type="button" disabled={isBusy} onClick={copyCommand}>Copy as a command</button>
        <a
          ref={save}
          class="unseen"
          href={`${address}?${query}&download=true`}
          download=""
          tabIndex={-1}
          aria-hidden="true"
        />
      </div>
      <p role="status" class={said?.isError ? "said failed" : "said"}>{said?.text}</p>
    </section>
  );
}

function Choice<T extends string>({ legend, options, value, onChange }: {
  legend: string;
  options: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="segmented">
      <legend>{legend}</legend>
      {(Object.entries(options) as [T, string][]).map(([option, label]) => (
        <label key={option}>
          <input
            type="radio"
            name={legend}
            checked={option === value}
            onChange={() => onChange(option)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** To a tenth of a second. */
function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
