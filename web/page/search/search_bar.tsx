import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, goTyping, searchAddress } from "../address/address.ts";
import { countFilters, isSearch, type Search } from "../address/search.ts";
import { FilterIcon, PictureIcon, SearchIcon } from "../style/icons.tsx";
import { lastAnswerTook } from "./answer_pace.ts";
import { Filters } from "./filters.tsx";
import { sendImage } from "./send_image.ts";
import { WantedChips } from "./wanted_chips.tsx";

/** Milliseconds without a key after which results are shown of what was typed so far. */
const REST = 250;

/** The field to search with, what else is searched for, and what narrows it. */
export function SearchBar({ search, isHome }: { search: Search; isHome: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const filtersButton = useRef<HTMLButtonElement>(null);
  const filters = countFilters(search);
  const text = search.text[0] ?? "";
  /** What was searched for from here: by now there may be more of it in the field. */
  const asked = useRef("");
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (text !== asked.current) field.current!.value = asked.current = text;
  }, [text]);
  useEffect(() => {
    if (isHome) field.current!.focus({ preventScroll: true });
  }, [isHome]);

  useLayoutEffect(() => {
    if (!isOpen) return;
    const closing = new AbortController();
    // Before anything else takes the key, or takes away what was clicked.
    const first = { signal: closing.signal, capture: true };
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      filtersButton.current!.focus();
      setOpen(false);
    }, first);
    addEventListener("click", ({ target }) => {
      if (!form.current!.contains(target as Node)) setOpen(false);
    }, first);
    return () => closing.abort();
  }, [isOpen]);

  /** The address of a search for what is in the field; null where there is nothing to look for. */
  const addressOf = (changes: Partial<Search>): string | null => {
    clearTimeout(resting.current);
    asked.current = field.current!.value.trim();
    const texts = [asked.current, ...search.text.slice(1)].filter((it) => it !== "");
    const next = { ...search, text: texts, page: 0, ...changes };
    return isSearch(next) ? searchAddress(next) : null;
  };
  const find = (isTyped: boolean) => {
    const address = addressOf({});
    if (address !== null) goTyping(address, isTyped);
  };
  const findNow = useRef(find);
  findNow.current = find;
  // In the view of results alone: from another one would be taken away in the middle of a word.
  const findAtRest = () => {
    const { href } = location;
    const typedAt = performance.now();
    const look = () => {
      const typed = field.current!.value.trim();
      if (location.href !== href || location.pathname !== "/") return;
      if (typed === "" || typed === asked.current) return;
      // Who answers slowly is asked more rarely, and for one thing at a time.
      const took = lastAnswerTook();
      if (took !== null && performance.now() - typedAt >= took) findNow.current(true);
      else resting.current = setTimeout(look, REST);
    };
    clearTimeout(resting.current);
    resting.current = setTimeout(look, REST);
  };
  const narrow = (changes: Partial<Search>) => {
    const address = addressOf(changes);
    if (address !== null) go(address);
  };

  return (
    <search class="search">
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          find(false);
        }}
      >
        <div class="field">
          <WantedChips search={search} />
          <input
            ref={field}
            id="search-text"
            type="search"
            placeholder="Say what happens in it"
            aria-label="Search: say what happens in the video"
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            enterkeyhint="search"
            onInput={({ isComposing }) => !isComposing && findAtRest()}
            onCompositionEnd={findAtRest}
            onKeyDown={(event) => {
              if (event.key !== "ArrowDown") return;
              const card = document.querySelector<HTMLElement>(
                ".moment a, .plane a[tabindex='0']",
              );
              card?.focus();
              if (card) event.preventDefault();
            }}
          />
          <label class="tool" title="Search by a picture">
            <input
              type="file"
              class="unseen"
              accept="image/*"
              aria-label="Search by a picture"
              onChange={({ currentTarget }) => {
                const file = currentTarget.files?.[0];
                currentTarget.value = "";
                if (file) sendImage(file, search);
              }}
            />
            <PictureIcon />
          </label>
          <button
            ref={filtersButton}
            type="button"
            class="tool"
            title="Filters"
            aria-expanded={isOpen}
            aria-controls="filters"
            aria-label={filters ? `Filters, ${filters} set` : "Filters"}
            onClick={() => setOpen(!isOpen)}
          >
            <FilterIcon />
            {filters > 0 && <b class="count">{filters}</b>}
          </button>
          <button type="submit" class="tool go" aria-label="Search" title="Search">
            <SearchIcon />
          </button>
        </div>
        <div id="filters" hidden={!isOpen}>
          {isOpen && <Filters search={search} change={narrow} />}
        </div>
      </form>
    </search>
  );
}
