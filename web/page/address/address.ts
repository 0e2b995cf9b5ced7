import { useEffect, useState } from "preact/hooks";
import { isSearch, type Search, writeSearch } from "./search.ts";

/** Where the page is: what the address bar says. */
export interface Address {
  /** Such as `/clips/…`. */
  readonly path: string;
  /** What follows `?`, decoded. */
  readonly query: URLSearchParams;
  /** How far down one was when one left this address, in CSS pixels. */
  readonly scroll: number;
  /** Whether the search is still being typed. */
  readonly isTyped: boolean;
}

const listeners = new Set<(address: Address) => void>();

/** The address, followed. */
export function useAddress(): Address {
  const [address, setAddress] = useState(here);
  useEffect(() => {
    listeners.add(setAddress);
    return () => void listeners.delete(setAddress);
  }, []);
  return address;
}

/** What the browser keeps beside an address. */
interface Kept {
  readonly scroll?: number;
  /** The address that led there. */
  readonly from?: string;
  readonly isTyped?: boolean;
}

/**
 * Goes to an address of the page, so that the browser's back button leads back here.
 *
 * @param options.replace The back button leads to where it leads from here.
 */
export function go(href: string, { replace = false, isTyped = false } = {}): void {
  if (replace) {
    history.replaceState({ ...kept(), isTyped }, "", href);
  } else {
    const from = current();
    history.replaceState({ ...kept(), isTyped: false, scroll: scrollY }, "");
    history.pushState({ from, isTyped } satisfies Kept, "", href);
  }
  tell();
}

/**
 * Goes to what is in the search field. All that is searched for while one types is one step of the
 * browser's back button.
 *
 * @param isTyped Whether it is still being typed.
 */
export function goTyping(href: string, isTyped: boolean): void {
  go(href, { replace: kept().isTyped || href === current(), isTyped });
}

/** Where a search is shown: on the map if that is open, else as results. */
export function searchAddress(search: Search): string {
  const view = location.pathname === "/map" ? "/map" : "/";
  const query = isSearch(search) ? writeSearch(search) : "";
  return query ? `${view}?${query}` : view;
}

/** Goes back if that leads to an address, else on to it. */
export function goBack(href: string): void {
  if (kept().from === href) history.back();
  else go(href);
}

/** Lets links within the page, and the browser's buttons, work without loading it anew. */
export function followLinks(): void {
  history.scrollRestoration = "manual";
  addEventListener("popstate", tell);
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 &&
      !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const link = (event.target as Element).closest("a");
    if (!link || !isPlain || event.defaultPrevented) return;
    const isPage = link.origin === location.origin && !link.pathname.startsWith("/api/");
    if (!isPage || link.target || link.hasAttribute("download")) return;
    event.preventDefault();
    const href = link.pathname + link.search;
    if (link.rel === "up") goBack(href);
    else go(href, { replace: "replace" in link.dataset });
  });
}

function here(): Address {
  const query = new URLSearchParams(location.search);
  const { scroll = 0, isTyped = false } = kept();
  return { path: location.pathname, query, scroll, isTyped };
}

/** The address without its host. */
function current(): string {
  return location.pathname + location.search;
}

function kept(): Kept {
  return history.state as Kept | null ?? {};
}

function tell(): void {
  const address = here();
  for (const listener of listeners) listener(address);
}
