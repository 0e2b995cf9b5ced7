import type { IndexingResponse } from "../../api/schemas.ts";
import { VideosIcon } from "../style/icons.tsx";

/** Leads to the videos, and shows how indexing goes. */
export function IndexingBadge({ status, isCurrent }: {
  status: IndexingResponse | undefined;
  isCurrent: boolean;
}) {
  const isBusy = status !== undefined && status.state !== "idle";
  const percent = Math.floor(100 * (status?.fraction ?? 0));
  return (
    <a
      class="badge"
      href="/videos"
      aria-current={isCurrent ? "page" : undefined}
    >
      <VideosIcon />
      <span class="label">Videos</span> {isBusy && (
        <>
          <span class="percent">{percent} %</span>
          <progress max={1} value={status.fraction} aria-hidden="true" />
        </>
      )}
    </a>
  );
}
