import { useEffect, useMemo, useState } from "preact/hooks";
import { placeAmong, PLACED_AMONG } from "../../../map/place_among.ts";
import type { FoundMoment, IndexResponse, MapResponse, SearchResponse } from "../../api/schemas.ts";
import { isSearch, type Search, withoutFilters, writeSearch } from "../address/search.ts";
import { EmptyIndex } from "../search/home.tsx";
import { Views } from "../search/views.tsx";
import { BackIcon } from "../style/icons.tsx";
import { ErrorTrouble, Trouble } from "../trouble.tsx";
import { useAnswer } from "../use_answer.ts";
import { MapPlane } from "./map_plane.tsx";
import { NearestList } from "./nearest_list.tsx";
import { type PlacedClip, placedClips } from "./placed_clips.ts";

/** Fewer clips are no map. */
const FEWEST = 3;

/** What is looked for, on the map. */
export interface Asked {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Of each of the clips that fit best, its number and its moment, best first. */
  readonly best: ReadonlyMap<number, FoundMoment>;
  /** Whether even the best are no good match. */
  readonly isPoor: boolean;
}

/** All clips of the index on a plane, and what is looked for among those that fit it best. */
export function MapView({ search, info }: { search: Search; info: IndexResponse | undefined }) {
  const [drawing, setDrawing] = useState(0);
  const map = useAnswer<MapResponse>("/api/map", drawing);
  // A map is of what is seen.
  const placing = writeSearch({ ...search, only: "picture", group: "", page: 0 });
  const found = useAnswer<SearchResponse>(
    isSearch(search) ? `/api/search?${placing}&pageSize=${PLACED_AMONG + 1}` : null,
  );
  const clips = useMemo(() => map.value && placedClips(map.value), [map.value]);
  const asked = useMemo(() => clips && found.value ? askedOn(clips, found.value) : null, [
    clips,
    found.value,
  ]);
  const [current, setCurrent] = useState<number | null>(null);
  const isMissing = map.error?.kind === "no-index" || (clips && clips.length < FEWEST);
  // Where there is a map, laying it out anew would take from under the pointer what it points at.
  useEffect(() => {
    if (isMissing) setDrawing((drawing) => drawing + 1);
  }, [info?.clips]);
  useEffect(() => {
    document.title = `${search.text[0] ? `${search.text[0]} on the map` : "Map"} · fovea`;
  }, [search.text[0]]);

  if (map.error?.kind === "no-index") return <EmptyIndex canAdd={info?.canAdd ?? false} />;
  if (map.error) {
    return (
      <>
        <Up search={search} />
        <ErrorTrouble isAlone error={map.error} retry={map.retry} />
      </>
    );
  }
  if (!map.value || !clips) return <p class="waiting" role="status">Laying out the map…</p>;
  if (clips.length < FEWEST) {
    return (
      <>
        <Up search={search} />
        <Trouble
          isAlone
          title="Too few clips for a map"
          text={`A map shows which clips look alike. There ${
            clips.length === 1 ? "is one" : `are ${clips.length}`
          } so far, and it takes ${FEWEST}.`}
        >
          {info?.canAdd && <a class="button" href="/videos">Add a folder</a>}
        </Trouble>
      </>
    );
  }
  const query = writeSearch({ ...search, page: 0 });
  const size = `${count(clips.length, "clip")} of ${count(map.value.videos.length, "video")}`;
  const since = (info?.clips ?? clips.length) - clips.length;
  return (
    <section class="map" aria-busy={map.loading || found.loading} aria-label="Map">
      <div class="summary">
        {!isSearch(search) && <Up search={search} />}
        <div role="status">
          <h1>
            {asked
              ? (
                <>
                  {asked.isPoor ? "Nothing is a good match" : asked.text}{" "}
                  <small>
                    {asked.isPoor ? `${asked.text}, ` : ""}among {size}
                  </small>
                </>
              )
              : size}
          </h1>
        </div>
        {isSearch(search) && <Views isMap search={search} />}
      </div>
      {since !== 0 && (
        <p class="notice">
          The index has changed since this map was laid out.{" "}
          <button type="button" class="plain" onClick={() => setDrawing(drawing + 1)}>
            Lay it out anew
          </button>
        </p>
      )}
      <div class={isSearch(search) ? "sheet with-list" : "sheet"}>
        <MapPlane
          key={query}
          clips={clips}
          asked={asked}
          query={query}
          current={current}
          onCurrent={setCurrent}
        />
        {isSearch(search) && (
          <aside aria-label="Nearest clips">
            {found.error && <ErrorTrouble error={found.error} retry={found.retry} />}
            {!found.error && found.value && !asked && (
              <Trouble
                title="No clip fits"
                text="The filters leave none of the clips on the map to place this among."
              >
                <a class="button" href={`/map?${writeSearch(withoutFilters(search))}`}>
                  Remove all filters
                </a>
              </Trouble>
            )}
            {!found.error && asked && (
              <NearestList asked={asked} query={query} current={current} onCurrent={setCurrent} />
            )}
          </aside>
        )}
      </div>
      <p class="note" id="map-keys">
        <kbd>↑↓←→</kbd> walk from clip to clip, <kbd>Enter</kbd> opens, <kbd>+</kbd> <kbd>−</kbd>
        {" "}
        and the wheel enlarge, <kbd>0</kbd> shows all, dragging moves.
      </p>
      <p class="note">
        What looks alike lies together: {map.value.how}. Directions and distances mean nothing else.
      </p>
    </section>
  );
}

function Up({ search }: { search: Search }) {
  const query = isSearch(search) ? writeSearch(search) : "";
  return (
    <a class="plain back" rel="up" href={`/${query && `?${query}`}`}>
      <BackIcon /> {query ? "Results" : "Start"}
    </a>
  );
}

/** Null if none of the clips that were found is on the map. */
function askedOn(
  clips: readonly PlacedClip[],
  { results, query, match }: SearchResponse,
): Asked | null {
  const numbers = new Map(clips.map(({ clip }, i) => [clip, i]));
  const place = placeAmong(results, (clip) => clips[numbers.get(clip) ?? -1]);
  if (!place) return null;
  const best = new Map(
    results.slice(0, PLACED_AMONG).filter(({ clip }) => numbers.has(clip))
      .map((result) => [numbers.get(result.clip)!, result]),
  );
  return { text: query, ...place, best, isPoor: match?.good === false };
}

function count(number: number, one: string): string {
  return `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
}
