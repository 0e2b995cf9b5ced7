import { useState } from "preact/hooks";
import type { FoldersResponse, IndexingResponse } from "../../api/schemas.ts";
import { ApiError, send } from "../api.ts";
import { ErrorTrouble } from "../trouble.tsx";
import { useAnswer } from "../use_answer.ts";

/** Walks through the folders that may be added, and adds one. */
export function FolderPicker() {
  const [folder, setFolder] = useState<string | null>(null);
  const [failed, setFailed] = useState<ApiError | null>(null);
  const query = folder === null ? "" : `?${new URLSearchParams({ folder })}`;
  const { value, error, retry } = useAnswer<FoldersResponse>(`/api/folders${query}`);
  const add = async (folder: string) => {
    setFailed(null);
    try {
      await send<IndexingResponse>("/api/indexing", { folder });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailed(error);
    }
  };
  if (error) return <ErrorTrouble error={error} retry={retry} />;
  if (!value) return null;
  return (
    <div class="picker">
      <p class="path">
        {value.folder === null ? "Folders that may be added" : value.folder}
        {value.folder !== null && (
          <button
            type="button"
            class="plain"
            onClick={() => setFolder(value.parent)}
          >
            Up
          </button>
        )}
      </p>
      <ul>
        {value.folders.map(({ path, name }) => (
          <li key={path}>
            <button type="button" class="plain" onClick={() => setFolder(path)}>{name}</button>
            <button type="button" aria-label={`Add ${name}`} onClick={() => add(path)}>Add</button>
          </li>
        ))}
      </ul>
      {value.folder !== null && (
        <p>
          {value.videos === 1 ? "1 video" : `${value.videos} videos`} right in this folder{" "}
          <button type="button" onClick={() => add(value.folder!)}>Add this folder</button>
        </p>
      )}
      {failed && <ErrorTrouble error={failed} />}
    </div>
  );
}
