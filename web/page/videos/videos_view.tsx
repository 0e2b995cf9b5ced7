import { useEffect } from "preact/hooks";
import type { HealthResponse, IndexingResponse, IndexResponse } from "../../api/schemas.ts";
import { BackIcon } from "../style/icons.tsx";
import { ErrorTrouble } from "../trouble.tsx";
import { type Answer, useAnswer } from "../use_answer.ts";
import { FolderPicker } from "./folder_picker.tsx";
import { IndexingProgress } from "./indexing_progress.tsx";

/** What the index holds, adding to it, and how the server does. */
export function VideosView({ info: { value, error, retry }, status }: {
  info: Answer<IndexResponse>;
  status: IndexingResponse | undefined;
}) {
  const health = useAnswer<HealthResponse>("/api/health");
  useEffect(() => {
    document.title = "Videos · fovea";
  }, []);
  if (error) return <ErrorTrouble isAlone error={error} retry={retry} />;
  if (!value) return null;
  const number = (value: number) => value.toLocaleString("en");
  const facts = {
    Videos: number(value.videos),
    Clips: number(value.clips),
    "On the disk": `${number(Math.ceil(value.bytes / 1e6))} MB`,
    Model: value.model ? lastOf(value.model) : "none yet",
    Heads: value.heads ? lastOf(value.heads) : "none",
  };
  return (
    <section class="videos">
      <a class="plain back" rel="up" href="/">
        <BackIcon /> Start
      </a>
      <h1>Videos</h1>
      <dl class="index">
        {Object.entries(facts).map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {status && <IndexingProgress status={status} />}
      <section aria-labelledby="add">
        <h2 id="add">Add a folder</h2>
        {value.canAdd ? <FolderPicker /> : (
          <p class="note">
            Start the server with{" "}
            <code>--root FOLDER</code>, and folders in it can be added here. In a terminal:{" "}
            <code>deno task index FOLDER</code>
          </p>
        )}
      </section>
      {health.value?.workers.filter(({ lastError }) => lastError).map((worker) => (
        <p class="failed" key={worker.name}>
          The part for {worker.name} failed and{" "}
          {worker.state === "failed" ? "starts" : "was started"} anew: {worker.lastError}
        </p>
      ))}
    </section>
  );
}

/** The last part of what may be a path. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
