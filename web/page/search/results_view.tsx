import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { IndexResponse, SearchResponse } from "../../api/schemas.ts";
import { FIRST_SEEN } from "../../first_seen.ts";
import { countFilters, type Search, withoutFilters, writeSearch } from "../address/search.ts";
import { ErrorTrouble, Trouble } from "../trouble.tsx";
import { useAnswer } from "../use_answer.ts";
import { timeAnswer } from "./answer_pace.ts";
import { useGridKeys } from "./grid_keys.ts";
import { EmptyIndex } from "./home.tsx";
import { MomentCard } from "./moment_card.tsx";
import { rememberResults } from "./remembered_results.ts";
import { Views } from "./views.tsx";

/** Milliseconds without a key after which what was found is told to who hears it. */
const TELL_AFTER = 1000;

/** What a search found. */
export function ResultsView({ search, info, isShown, isTyped }: {
  search: Search;
  info: IndexResponse | undefined;
  isShown: boolean;
  /** Whether the search is still being typed. */
  isTyped: boolean;
}) {
  const query = writeSearch(search);
  const { value, error, loading, retry } = useAnswer<SearchResponse>(`/api/search?${query}`);
  const grid = useRef<HTMLOListElement>(null);
  const opened = useRef("");
  useGridKeys(grid);
  useEffect(() => {
    if (isShown) document.title = `${search.text[0] ?? "Search"} · fovea`;
  }, [isShown, query]);
  useLayoutEffect(() => {
    if (!isShown) return;
    // Back from a clip: on with where one was.
    const card = `a[data-clip="${opened.current}"]`;
    grid.current?.querySelector<HTMLElement>(card)?.focus({ preventScroll: true });
  }, [isShown]);
  useEffect(() => loading ? timeAnswer() : undefined, [loading, query]);
  useEffect(() => {
    if (value) rememberResults(query, value.results);
  }, [value]);

  if (error?.kind === "no-index") return <EmptyIndex canAdd={info?.canAdd ?? false} />;
  if (error) {
    const isForgotten = error.kind === "missing" && search.image.length > 0;
    return (
      <ErrorTrouble isAlone error={error} retry={isForgotten ? undefined : retry}>
        {isForgotten && (
          <label class="button" for="search-text">Drop or paste the picture again</label>
        )}
      </ErrorTrouble>
    );
  }
  const poor = value?.match?.good === false;
  const found = value?.results ?? [];
  const { title, note } = value
    ? summaryOf(value, search.group === "video" ? "video" : "moment")
    : { title: loading ? "Searching…" : "", note: "" };
  return (
    <section class="results" aria-busy={loading} aria-label="Results">
      <Told text={`${title} ${note}`} isTyped={isTyped} />
      <div class="summary">
        <h1>
          {title} <small>{note}</small>
        </h1>
        {found.length > 0 && <Views search={search} />}
      </div>
      {value?.notices.map((notice) => <p class="notice" key={notice}>{notice}</p>)}
      {value && found.length === 0 && <Nothing search={search} />}
      {poor && found.length > 0 && (
        <p class="poor">Other words may find it. What is nearest all the same:</p>
      )}
      <ol
        class={poor ? "grid nearest" : "grid"}
        ref={grid}
        onClick={({ target }) => {
          opened.current = (target as Element).closest<HTMLElement>("a.open")?.dataset.clip ?? "";
        }}
      >
        {found.map((result, i) => (
          <MomentCard
            key={result.clip}
            result={result}
            search={search}
            isFirst={i < FIRST_SEEN}
          />
        ))}
      </ol>
      {value && <Pages search={search} more={value.more} />}
    </section>
  );
}

/** What was found, in a line. */
function summaryOf(
  { query, results, match, more, page }: SearchResponse,
  unit: string,
): { title: string; note: string } {
  if (results.length === 0) return { title: "Nothing found", note: query };
  if (match && !match.good) return { title: "Nothing is a good match", note: query };
  const number = `${results.length}${more ? "+" : ""} ${unit}${results.length === 1 ? "" : "s"}`;
  const sure = match ? `, best match ${Math.floor(match.confidence * 100)} % sure` : "";
  return { title: query, note: (page > 0 ? `page ${page + 1}` : number) + sure };
}

/** Tells screen readers; while one types, not before it rests. */
function Told({ text, isTyped }: { text: string; isTyped: boolean }) {
  const [told, setTold] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setTold(text), isTyped ? TELL_AFTER : 0);
    return () => clearTimeout(timer);
  }, [text, isTyped]);
  return <p class="unseen" role="status">{told}</p>;
}

function Nothing({ search }: { search: Search }) {
  const filters = countFilters(search);
  if (search.page > 0) {
    return (
      <Trouble title="There is no such page" text="The results end before it.">
        <a class="button" href={`/?${writeSearch({ ...search, page: 0 })}`}>To the first page</a>
      </Trouble>
    );
  }
  return (
    <Trouble
      title="No moment fits"
      text={filters > 0
        ? "The filters leave nothing. Remove them, or make them wider."
        : "There is nothing in the index that could be compared with that."}
    >
      {filters > 0 && (
        <a class="button" href={`/?${writeSearch(withoutFilters(search))}`}>Remove all filters</a>
      )}
    </Trouble>
  );
}

function Pages({ search, more }: { search: Search; more: boolean }) {
  const { page } = search;
  if (page === 0 && !more) return null;
  const link = (page: number) => `/?${writeSearch({ ...search, page })}`;
  return (
    <nav class="pages" aria-label="Pages">
      {page > 0 ? <a class="button" href={link(page - 1)}>Better ones</a> : <span />}
      <span>Page {page + 1}</span>
      {more ? <a class="button" href={link(page + 1)}>More</a> : <span />}
    </nav>
  );
}
