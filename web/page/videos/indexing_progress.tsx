import { useState } from "preact/hooks";
import type { IndexingResponse } from "../../api/schemas.ts";
import { ApiError, send } from "../api.ts";
import { timecode } from "../timecode.ts";

const STATES = { idle: "Done", running: "Indexing", pausing: "Pausing", paused: "Paused" } as const;

/** How indexing goes: how far, how fast, how long yet, and what failed. */
export function IndexingProgress({ status }: { status: IndexingResponse }) {
  const { state, folder, waiting, done, videos, clips, fraction, failures, notices } = status;
  const [failed, setFailed] = useState<ApiError | null>(null);
  const act = (verb: "pause" | "resume") =>
    send<IndexingResponse>(`/api/indexing/${verb}`).then(() => setFailed(null), setFailed);
  if (folder === null) return null;
  const rate = status.clipsPerSecond;
  const parts = [
    `${done} of ${videos} ${videos === 1 ? "video" : "videos"}`,
    `${clips} ${clips === 1 ? "clip" : "clips"}`,
    status.unchanged > 0 && `${status.unchanged} were in already`,
    rate !== null && `${rate.toFixed(1)} clips a second`,
    status.secondsLeft !== null && `about ${timecode(status.secondsLeft)} left`,
  ].filter((part) => part);
  return (
    <section class="progress" aria-labelledby="indexing">
      <h2 id="indexing">
        {status.error ? "Stopped" : STATES[state]} <span class="path">{folder}</span>
      </h2>
      <progress max={1} value={fraction} aria-labelledby="indexing" />
      <div class="row">
        <p>
          <b>{Math.floor(100 * fraction)} %</b> {parts.join(" · ")}
        </p>
        {state === "running" && <button type="button" onClick={() => act("pause")}>Pause</button>}
        {state === "pausing" && <button type="button" disabled>Pausing…</button>}
        {state === "paused" && (
          <button type="button" class="primary" onClick={() => act("resume")}>Resume</button>
        )}
      </div>
      <p class="unseen" role="status">
        {STATES[state]}, {Math.floor(10 * fraction) * 10} percent
      </p>
      {(status.error ?? failed) && <p class="failed">{status.error ?? failed!.message}</p>}
      {waiting.length > 0 && <p class="note">Then: {waiting.join(", ")}</p>}
      {notices.map((notice) => <p class="note" key={notice}>{notice}</p>)}
      {failures.length > 0 && (
        <details open>
          <summary>
            {status.failed} {status.failed === 1 ? "file" : "files"} could not be indexed
          </summary>
          <ul class="failures">
            {failures.map(({ video, error }) => (
              <li key={video}>
                <b>{video}</b> {error}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
