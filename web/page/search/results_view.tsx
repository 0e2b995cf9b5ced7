import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { IndexResponse, Result, SearchResponse } from "../../api/schemas.ts";
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
  const section = useRef<HTMLElement>(null);
  const opened = useRef("");
  const { said, rest, isPoor } = useMemo(() => parted(value), [value]);
  useGridKeys(section, isShown);
  useEffect(() => {
    if (isShown) document.title = `${search.text[0] ?? "Search"} · fovea`;
  }, [isShown, query]);
  useLayoutEffect(() => {
    if (!isShown) return;
    // Back from a clip: on with where one was.
    const card = `a[data-clip="${opened.current}"]`;
    section.current?.querySelector<HTMLElement>(card)?.focus({ preventScroll: true });
  }, [isShown]);
  useEffect(() => loading ? timeAnswer() : undefined, [loading, query]);
  useEffect(() => {
    if (value) rememberResults(query, [...said, ...rest]);
  }, [value]);

  if (error?.kind === "no-index") return <EmptyIndex canAdd={info?.canAdd ?? false} />;
  if (error) {
    const isForgotten = error.kind === "forgotten";
    return (
      <ErrorTrouble isAlone error={error} retry={isForgotten ? undefined : retry}>
        {isForgotten && (
          <label class="button" for="search-text">Drop or paste the picture again</label>
        )}
      </ErrorTrouble>
    );
  }
  const { title, note } = value
    ? summaryOf(value, search.group === "video" ? "video" : "moment")
    : { title: loading ? "Searching…" : "", note: "" };
  return (
    <section
      class="results"
      ref={section}
      aria-busy={loading}
      aria-label="Results"
      onClick={({ target }) => {
        opened.current = (target as Element).closest<HTMLElement>("a.open")?.dataset.clip ?? "";
      }}
    >
      <Told text={`${title} ${note}`} isTyped={isTyped} />
      <div class="summary">
        <h1>
          {title} <small>{note}</small>
        </h1>
        {value && value.results.length > 0 && <Views search={search} />}
      </div>
      {value?.notices.map((notice) => <p class="notice" key={notice}>{notice}</p>)}
      {value?.results.length === 0 && <Nothing search={search} />}
      {said.length > 0 && <Grid results={said} search={search} />}
      {isPoor && rest.length > 0 && (
        <p class="poor">
          {said.length === 0 && search.page === 0
            ? "Other words may find it. "
            : "Nothing that is seen is a good match. "}
          What is nearest all the same:
        </p>
      )}
      {rest.length > 0 && <Grid results={rest} search={search} isPoor={isPoor} />}
      {value && <Pages search={search} more={value.more} />}
    </section>
  );
}

/** Where nothing that is seen is a good match, what is said is apart from it, and comes first. */
function parted(answer: SearchResponse | undefined) {
  const results = answer?.results ?? [];
  const isPoor = answer?.match?.good === false;
  const isSaid = ({ matched }: Result) => isPoor && matched !== "picture";
  return {
    said: results.filter(isSaid),
    rest: results.filter((result) => !isSaid(result)),
    isPoor,
  };
}

/** What was found, in a line. */
function summaryOf(
  { query, results, match, more, page }: SearchResponse,
  unit: string,
): { title: string; note: string } {
  if (results.length === 0) return { title: "Nothing found", note: query };
  if (page > 0) return { title: query, note: `page ${page + 1}` };
  const isSaid = results.some(({ matched }) => matched !== "picture");
  if (match && !match.good) {
    return isSaid
      ? { title: query, note: "said, not seen" }
      : { title: "Nothing is a good match", note: query };
  }
  const number = `${results.length}${more ? "+" : ""} ${unit}${results.length === 1 ? "" : "s"}`;
  const isSeenFirst = results[0].matched === "picture";
  const sure = match && isSeenFirst
    ? `, best match ${Math.floor(match.confidence * 100)} % sure`
    : "";
  return { title: query, note: number + sure };
}

function Grid({ results, search, isPoor = false }: {
  results: readonly Result[];
  search: Search;
  /** Whether they are no good match. */
  isPoor?: boolean;
}) {
  return (
    <ol class={isPoor ? "grid nearest" : "grid"}>
      {results.map((result, i) => (
        <MomentCard
          key={result.clip}
          result={result}
          search={search}
          isFirst={i < FIRST_SEEN}
        />
      ))}
    </ol>
  );
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
