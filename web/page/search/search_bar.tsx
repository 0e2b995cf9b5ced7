import { useEffect, useRef, useState } from "preact/hooks";
import { go, searchAddress } from "../address/address.ts";
import { countFilters, isSearch, type Search } from "../address/search.ts";
import { FilterIcon, PictureIcon, SearchIcon } from "../style/icons.tsx";
import { Filters } from "./filters.tsx";
import { sendImage } from "./send_image.ts";
import { WantedChips } from "./wanted_chips.tsx";

/** The field to search with, what else is searched for, and what narrows it. */
export function SearchBar({ search, isHome }: { search: Search; isHome: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const filters = countFilters(search);
  const text = search.text[0] ?? "";
  useEffect(() => {
    field.current!.value = text;
  }, [text]);
  useEffect(() => {
    if (isHome) field.current!.focus({ preventScroll: true });
  }, [isHome]);

  const find = (changes: Partial<Search>) => {
    const typed = field.current!.value.trim();
    const texts = [typed, ...search.text.slice(1)].filter((it) => it !== "");
    const next = { ...search, text: texts, page: 0, ...changes };
    if (isSearch(next)) go(searchAddress(next));
  };

  return (
    <search class="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          find({});
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
          {isOpen && <Filters search={search} change={find} />}
        </div>
      </form>
    </search>
  );
}
