/** A search, as the address bar and the API have it. Empty texts say nothing. */
export interface Search {
  readonly text: readonly string[];
  readonly not: readonly string[];
  /** Ids of pictures that were sent. */
  readonly image: readonly string[];
  /** Ids of clips. */
  readonly like: readonly string[];
  readonly path: string;
  readonly after: string;
  readonly before: string;
  readonly longer: string;
  readonly shorter: string;
  readonly minScore: string;
  readonly only: string;
  readonly dedupe: string;
  readonly group: string;
  readonly page: number;
}

const LISTS = ["text", "not", "image", "like"] as const;

/** What narrows a search. */
export const FILTERS = [
  "path",
  "after",
  "before",
  "longer",
  "shorter",
  "minScore",
  "only",
  "dedupe",
] as const;

/** Reads a search from an address. */
export function readSearch(query: URLSearchParams): Search {
  const all = (name: string) => query.getAll(name).filter((text) => text.trim() !== "");
  const one = (name: string) => query.get(name) ?? "";
  return {
    text: all("text"),
    not: all("not"),
    image: all("image"),
    like: all("like"),
    path: one("path"),
    after: one("after"),
    before: one("before"),
    longer: one("longer"),
    shorter: one("shorter"),
    minScore: one("minScore"),
    only: one("only"),
    dedupe: one("dedupe"),
    group: one("group"),
    page: Math.max(0, Math.trunc(Number(one("page"))) || 0),
  };
}

/** Writes a search as a query string, without what is as it is by default. */
export function writeSearch(search: Search): string {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of search[name]) query.append(name, value);
  for (const name of [...FILTERS, "group"] as const) {
    if (search[name]) query.set(name, search[name]);
  }
  if (search.page > 0) query.set("page", String(search.page));
  return query.toString();
}

/** The part of a search that frames can be compared with. */
export function writeWanted(search: Search): string {
  const query = new URLSearchParams();
  for (const name of LISTS) for (const value of search[name]) query.append(name, value);
  return query.toString();
}

/** A search for what looks like a clip. */
export function searchLike(clip: string): Search {
  return { ...readSearch(new URLSearchParams()), like: [clip] };
}

/** Whether there is anything to look for. */
export function isSearch({ text, image, like }: Search): boolean {
  return text.length + image.length + like.length > 0;
}

/** How many filters narrow a search. */
export function countFilters(search: Search): number {
  return FILTERS.filter((name) => search[name] !== "").length + (search.not.length > 0 ? 1 : 0);
}

/** A search without anything that narrows it. */
export function withoutFilters(search: Search): Search {
  const none = Object.fromEntries(FILTERS.map((name) => [name, ""]));
  return { ...search, ...none, not: [], page: 0 };
}
