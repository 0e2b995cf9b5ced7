import { useEffect, useRef, useState } from "preact/hooks";
import type { Search } from "../address/search.ts";
import { onSending, sendImage, type Sending } from "./send_image.ts";

/** Takes pictures that are dropped or pasted anywhere, and shows how sending them goes. */
export function ImageDrop({ search }: { search: Search }) {
  const [isOver, setOver] = useState(false);
  const [{ isBusy, error }, setSending] = useState<Sending>({ isBusy: false, error: null });
  const latest = useRef(search);
  latest.current = search;
  useEffect(() => onSending(setSending), []);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    }, { signal });
    addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), {
      signal,
    });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer!.files;
      if (file) sendImage(file, latest.current);
    }, { signal });
    addEventListener("paste", (event) => {
      const file = [...event.clipboardData?.files ?? []].find(({ type }) => /^image\//.test(type));
      if (!file) return;
      event.preventDefault();
      sendImage(file, latest.current);
    }, { signal });
    return () => leaving.abort();
  }, []);
  return (
    <>
      {isOver && (
        <div class="drop">
          <p>Drop a picture to find moments that look like it</p>
        </div>
      )}
      <div class="toast" role="status">
        {isBusy && <p>Looking at the picture…</p>}
        {error && (
          <p>
            {error.message}{" "}
            <button type="button" onClick={() => setSending({ isBusy: false, error: null })}>
              Close
            </button>
          </p>
        )}
      </div>
    </>
  );
}
