import type { TargetedEvent } from "preact";
import { countFilters, type Search, withoutFilters } from "../address/search.ts";

/** What narrows a search; each takes effect when it is changed. */
export function Filters({ search, change }: {
  search: Search;
  change: (changes: Partial<Search>) => void;
}) {
  const set =
    (name: keyof Search) => (event: TargetedEvent<HTMLInputElement | HTMLSelectElement>) => {
      if (event.currentTarget.validity.valid) change({ [name]: event.currentTarget.value.trim() });
    };
  const seconds = { type: "number", min: 0, step: "any", inputMode: "decimal" } as const;
  return (
    <div class="filters">
      <label>
        Without
        <input
          value={search.not.join(", ")}
          placeholder="snow, people"
          onChange={({ currentTarget: { value } }) =>
            change({ not: value.split(",").map((it) => it.trim()).filter((it) => it !== "") })}
        />
      </label>
      <label>
        Path
        <input value={search.path} placeholder="holiday/**/*.mp4" onChange={set("path")} />
      </label>
      <label>
        Found by what is
        <select value={search.only} onChange={set("only")}>
          <option value="">seen or said</option>
          <option value="picture">seen</option>
          <option value="speech">said</option>
        </select>
      </label>
      <label>
        Recorded from
        <input type="date" value={search.after} onChange={set("after")} />
      </label>
      <label>
        Recorded before
        <input type="date" value={search.before} onChange={set("before")} />
      </label>
      <label>
        Longer than, in seconds
        <input {...seconds} value={search.longer} onChange={set("longer")} />
      </label>
      <label>
        Shorter than, in seconds
        <input {...seconds} value={search.shorter} onChange={set("shorter")} />
      </label>
      <label>
        Score from
        <input
          type="number"
          step="any"
          inputMode="decimal"
          value={search.minScore}
          onChange={set("minScore")}
        />
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
