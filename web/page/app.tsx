import { useEffect, useLayoutEffect } from "preact/hooks";
import type { IndexResponse } from "../api/schemas.ts";
import { useAddress } from "./address/address.ts";
import { isSearch, readSearch, writeSearch } from "./address/search.ts";
import { MapView } from "./map/map_view.tsx";
import { Home } from "./search/home.tsx";
import { ImageDrop } from "./search/image_drop.tsx";
import { ResultsView } from "./search/results_view.tsx";
import { SearchBar } from "./search/search_bar.tsx";
import { useAnswer } from "./use_answer.ts";
import { Brand } from "./style/icons.tsx";
import { Trouble } from "./trouble.tsx";
import { IndexingBadge } from "./videos/indexing_badge.tsx";
import { useIndexing } from "./videos/use_indexing.ts";
import { VideosView } from "./videos/videos_view.tsx";
import { ClipView } from "./watch/clip_view.tsx";

/** The whole page: the bar on top, and the view that the address names. */
export function App() {
  const { path, query, scroll, isTyped } = useAddress();
  const search = readSearch(query);
  const clip = /^\/clips\/([0-9a-f]{32}-\d+)$/.exec(path)?.[1];
  const isVideos = path === "/videos", isMap = path === "/map";
  const isUnknown = path !== "/" && !isVideos && !isMap && !clip;
  const isHome = path === "/" && !isSearch(search);
  // A clip that was opened from the map leads back to it, not to results.
  const hasResults = isSearch(search) && (path === "/" || clip && !query.has("map"));

  const info = useAnswer<IndexResponse>("/api/index");
  const indexing = useIndexing(info.value?.canAdd ?? false);
  const clips = indexing?.clips ?? 0, state = indexing?.state;
  // What is in the index has changed.
  useEffect(() => {
    if (state !== undefined) info.retry();
  }, [clips, state]);

  const searching = writeSearch(search);
  useLayoutEffect(() => scrollTo(0, scroll), [path, searching]);
  useKeys();

  return (
    <>
      <a class="skip" href="#content">To the content</a>
      <header class={isHome ? "top home" : "top"}>
        <a class="brand" href="/" aria-label="fovea, start">
          <Brand /> <span>fovea</span>
        </a>
        <SearchBar search={search} isHome={isHome} />
        <IndexingBadge status={indexing} isCurrent={isVideos} />
      </header>
      <main id="content" tabIndex={-1}>
        {isHome && <Home info={info} />}
        {hasResults && (
          <div hidden={Boolean(clip)}>
            <ResultsView
              search={search}
              info={info.value}
              isShown={!clip}
              isTyped={isTyped}
            />
          </div>
        )}
        {clip && <ClipView key={clip} clip={clip} search={search} at={query.get("at")} />}
        {isMap && <MapView search={search} info={info.value} />}
        {isVideos && <VideosView info={info} status={indexing} />}
        {isUnknown && (
          <Trouble
            isAlone
            title="There is nothing at this address"
            text="The link may be cut off. What it led to can be searched for."
          />
        )}
      </main>
      <ImageDrop search={search} />
    </>
  );
}

/** `/` goes to the search field, Esc out of a field, or up to where the view belongs. */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      const field = target instanceof HTMLElement &&
          target.matches("input:not([type=range], [type=radio], [type=checkbox]), select")
        ? target
        : null;
      if (event.key === "/" && !field) {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#search-text")!.select();
      }
      if (event.key === "Escape") {
        if (field) field.blur();
        else document.querySelector<HTMLElement>("a[rel=up]")?.click();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
