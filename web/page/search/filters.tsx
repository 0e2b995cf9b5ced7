import { countFilters, type Search, withoutFilters } from "../address/search.ts";
import { DraftInput } from "../style/draft_input.tsx";

/** What narrows a search; each takes effect when it is changed. */
export function Filters({ search, change }: {
  search: Search;
  change: (changes: Partial<Search>) => void;
}) {
  const set = (name: keyof Search) => (value: string) => change({ [name]: value });
  const number = { type: "number", step: "any", inputMode: "decimal" } as const;
  return (
    <div class="filters">
      <label>
        Without
        <DraftInput
          value={search.not.join(", ")}
          placeholder="snow, people"
          onCommit={(value) =>
            change({ not: value.split(",").map((it) => it.trim()).filter((it) => it !== "") })}
        />
      </label>
      <label>
        Path
        <DraftInput value={search.path} placeholder="holiday/**/*.mp4" onCommit={set("path")} />
      </label>
      <label>
        Found by what is
        <select
          value={search.only}
          onChange={({ currentTarget }) => change({ only: currentTarget.value })}
        >
          <option value="">seen or said</option>
          <option value="picture">seen</option>
          <option value="speech">said</option>
        </select>
      </label>
      <label>
        Of near-identical clips
        <select
          value={search.dedupe}
          onChange={({ currentTarget }) => change({ dedupe: currentTarget.value })}
        >
          <option value="">all</option>
          <option value="true">the best one</option>
        </select>
      </label>
      <label>
        Recorded from
        <DraftInput type="date" value={search.after} onCommit={set("after")} />
      </label>
      <label>
        Recorded before
        <DraftInput type="date" value={search.before} onCommit={set("before")} />
      </label>
      <label>
        Longer than, in seconds
        <DraftInput {...number} min={0} value={search.longer} onCommit={set("longer")} />
      </label>
      <label>
        Shorter than, in seconds
        <DraftInput {...number} min={0} value={search.shorter} onCommit={set("shorter")} />
      </label>
      <label>
        Score from
        <DraftInput {...number} value={search.minScore} onCommit={set("minScore")} />
      </label>
      {countFilters(search) > 0 && (
        <button
          type="button"
          class="plain"
          onClick={() => change(withoutFilters(search))}
        >
          Remove all filters
        </button>
      )}
    </div>
  );
}
