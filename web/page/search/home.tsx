import type { IndexResponse } from "../../api/schemas.ts";
import { ErrorTrouble, Trouble } from "../trouble.tsx";
import type { Answer } from "../use_answer.ts";

/** The start: what can be searched, and how. */
export function Home({ info: { value, error, retry } }: { info: Answer<IndexResponse> }) {
  if (error) return <ErrorTrouble isAlone error={error} retry={retry} />;
  if (!value) return null;
  if (!value.exists || value.clips === 0) return <EmptyIndex canAdd={value.canAdd} />;
  return (
    <div class="hints">
      <h1 class="unseen">Find the moment in any video</h1>
      <p>
        <b>{value.clips.toLocaleString("en")}</b> {value.clips === 1 ? "clip" : "clips"} of{" "}
        <b>{value.videos.toLocaleString("en")}</b> {value.videos === 1 ? "video" : "videos"}{" "}
        can be searched, or seen <a href="/map">on a map</a>.
      </p>
      <p>
        Drop or paste a picture to find what looks like it. <kbd>/</kbd> searches, <kbd>↑↓←→</kbd>
        {" "}
        walk, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> goes back.
      </p>
    </div>
  );
}

/** Says that there is nothing to search, and how to change that. */
export function EmptyIndex({ canAdd }: { canAdd: boolean }) {
  return (
    <Trouble
      isAlone
      title="Nothing is indexed yet"
      text={canAdd
        ? "Add a folder of videos; what is finished can be searched while the rest goes on."
        : (
          <>
            Index a folder of videos first:{" "}
            <code>deno task index ~/Videos</code>. Or start the server with{" "}
            <code>--root ~/Videos</code>, and folders can be added here.
          </>
        )}
    >
      {canAdd && <a class="button" href="/videos">Add a folder</a>}
    </Trouble>
  );
}
