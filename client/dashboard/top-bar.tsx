import { hrefOf, route } from "./address.ts";
import { link, type Link, signOut } from "./link.ts";
import type { View } from "./model/route.ts";
import { Icon } from "./parts/icons.tsx";
import { switchTheme, theme } from "./theme.ts";

const places: readonly { readonly view: View; readonly name: string; readonly also?: View }[] = [
  { view: "sessions", name: "Sessions", also: "session" },
  { view: "metrics", name: "Metrics" },
  { view: "playground", name: "Playground" },
  { view: "trace", name: "Trace file" },
];

/** What stands above every view: where to go, how the page stands to the gateway, and the switches of the page. */
export function TopBar() {
  const { view } = route.value;
  const { state } = link.value;
  return (
    <header class="top-bar">
      <a class="brand" href={hrefOf({ view: "sessions", query: {} })}>
        <img src="icon.svg" width="18" height="18" alt="" />
        cellgate
      </a>
      <nav aria-label="Views">
        {places.map((place) => (
          <a
            key={place.view}
            href={hrefOf({ view: place.view, query: {} })}
            aria-current={view === place.view || view === place.also ? "page" : undefined}
          >
            {place.name}
          </a>
        ))}
      </nav>
      <span class="stretch" />
      <LinkState />
      <button
        type="button"
        class="plain"
        onClick={switchTheme}
        title="Switch between the system's theme, light and dark"
      >
        <Icon name="theme" />
        <span>
          <span class="unseen">Theme: </span>
          {theme.value}
        </span>
      </button>
      {state !== "signed_out" && (
        <button type="button" class="plain" onClick={signOut}>
          Sign out
        </button>
      )}
    </header>
  );
}

const words: { readonly [State in Link["state"]]: string } = {
  signed_out: "Signed out",
  signing_in: "Signing in…",
  unreachable: "No answer",
  host_only: "Playground only",
  open: "Connected",
  lost: "Connection lost",
  closed: "Disconnected",
};

function LinkState() {
  const { state } = link.value;
  return (
    <span class={`link-state ${state}`} role="status" aria-label="Connection">
      {words[state]}
    </span>
  );
}
