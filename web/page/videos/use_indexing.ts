import { useEffect, useState } from "preact/hooks";
import type { IndexingResponse } from "../../api/schemas.ts";

/** Follows how indexing goes. @param isOn Whether there can be any. */
export function useIndexing(isOn: boolean): IndexingResponse | undefined {
  const [status, setStatus] = useState<IndexingResponse>();
  useEffect(() => {
    if (!isOn) return;
    const events = new EventSource("/api/indexing/events");
    events.addEventListener("indexing", ({ data }) => {
      setStatus(JSON.parse(data) as IndexingResponse);
    });
    return () => events.close();
  }, [isOn]);
  return status;
}
