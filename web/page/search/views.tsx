import { type Search, writeSearch } from "../address/search.ts";

/** How what was found is looked at: moments of one video apart or together, or on the map. */
export function Views({ search, isMap = false }: { search: Search; isMap?: boolean }) {
  const results = (group: string) => `/?${writeSearch({ ...search, group, page: 0 })}`;
  const current = isMap ? "map" : search.group;
  const link = (group: string) => ({
    href: results(group),
    "aria-current": current === group ? "true" as const : undefined,
    // Where one comes from, most likely.
    rel: isMap && group === search.group ? "up" : undefined,
  });
  return (
    <nav class="segmented" aria-label="How to look at what was found">
      <a {...link("")}>Moments</a>
      <a {...link("video")}>By video</a>
      <a
        href={`/map?${writeSearch({ ...search, page: 0 })}`}
        aria-current={isMap ? "true" : undefined}
      >
        Map
      </a>
    </nav>
  );
}
