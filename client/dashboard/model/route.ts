/** The views that an address can name. A trace is a session that was read from a file. */
export const views = ["sessions", "session", "trace", "playground", "metrics"] as const;

export type View = (typeof views)[number];

/** The parts of a session's view, and of a trace's. */
export const tabs = ["timeline", "log", "frames", "values"] as const;

export type Tab = (typeof tabs)[number];

/** What a view shows of what it has. All may be absent. */
export const queryNames = ["filter", "state", "cell", "call", "frame", "tag", "search", "kind"] as const;

export type RouteQuery = { readonly [Name in (typeof queryNames)[number]]?: string | undefined };

/** What the page shows, as its address says it: whoever opens the same address sees the same. */
export interface Route {
  readonly view: View;
  /** With `session`. */
  readonly sessionId?: string | undefined;
  /** With `session` and `trace`. */
  readonly tab?: Tab | undefined;
  readonly query: RouteQuery;
}

/** The route of an address's fragment, such as `#/sessions/k3…/frames?tag=tool_call`. What is none shows the sessions. */
export function parseRoute(fragment: string): Route {
  const [path = "", search = ""] = fragment.replace(/^#/, "").split("?", 2);
  const [, first, second, third] = path.split("/");
  const query = parseQuery(search);
  if (first === "sessions" && second) return { view: "session", sessionId: decode(second), tab: tabOf(third), query };
  if (first === "trace") return { view: "trace", tab: tabOf(second), query };
  if (first === "playground" || first === "metrics") return { view: first, query };
  return { view: "sessions", query };
}

/** The fragment of a route. `parseRoute` gives the route back. */
export function formatRoute({ view, sessionId, tab, query }: Route): string {
  const parts = view === "session" ? ["sessions", encodeURIComponent(sessionId ?? "")] : [view];
  if (tab !== undefined && tab !== tabs[0]) parts.push(tab);
  const search = new URLSearchParams();
  for (const name of queryNames) {
    const value = query[name];
    if (value !== undefined && value !== "") search.set(name, value);
  }
  return `#/${parts.join("/")}${search.size === 0 ? "" : `?${search.toString()}`}`;
}

/** The token of a fragment such as `#token=…`, which a printed link has. */
export function tokenOf(fragment: string): string | undefined {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") ?? undefined;
}

function parseQuery(text: string): RouteQuery {
  const search = new URLSearchParams(text);
  return Object.fromEntries(queryNames.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])));
}

function tabOf(text: string | undefined): Tab {
  return tabs.find((tab) => tab === text) ?? tabs[0];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
