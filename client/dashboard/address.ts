import { computed, signal } from "@preact/signals";
import { formatRoute, parseRoute, type Route, type RouteQuery } from "./model/route.ts";

const fragment = signal(location.hash);

/** What the page shows, by its address. */
export const route = computed<Route>(() => parseRoute(fragment.value));

/** Goes there, so that the browser's Back comes here. */
export function goTo(to: Route): void {
  history.pushState(null, "", formatRoute(to));
  fragment.value = location.hash;
}

/** The address of a route, for links. */
export function hrefOf(to: Route): string {
  return formatRoute(to);
}

/** Changes what the view shows of what it has, in place: Back does not go through every letter of a filter. */
export function narrow(query: RouteQuery): void {
  replaceAddress(formatRoute({ ...route.value, query: { ...route.value.query, ...query } }));
}

/** Takes what is in the address out of it, and out of the history. */
export function replaceAddress(to: string): void {
  history.replaceState(null, "", to);
  fragment.value = location.hash;
}

/** Follows the browser's own moves. `onChange` hears of each fragment before it is shown. */
export function followAddress(onChange: (fragment: string) => void): void {
  addEventListener("hashchange", () => {
    onChange(location.hash);
    fragment.value = location.hash;
  });
  onChange(location.hash);
}
