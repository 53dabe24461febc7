import { useEffect, useRef } from "preact/hooks";
import { route } from "./address.ts";
import { ConfirmDialog } from "./parts/confirm.tsx";
import { Later } from "./parts/later.tsx";
import { LinkNotice } from "./link-notice.tsx";
import { link } from "./link.ts";
import type { Route } from "./model/route.ts";
import { SessionsView } from "./sessions/sessions-view.tsx";
import { SignIn } from "./sign-in.tsx";
import { TopBar } from "./top-bar.tsx";

/** The whole page. */
export function App() {
  const main = useRef<HTMLElement>(null);
  const { view, sessionId } = route.value;
  const isSignedIn = link.value.state !== "signed_out" && link.value.state !== "signing_in";
  useEffect(() => {
    document.title = titleOf(route.value);
    // Whoever reads by ear, or by keys, goes on in the new view.
    main.current?.focus({ preventScroll: true });
  }, [view, sessionId, isSignedIn]);
  return (
    <>
      <TopBar />
      <main ref={main} tabIndex={-1}>
        <View />
      </main>
      <ConfirmDialog />
    </>
  );
}

const views = {
  session: async () => (await import("./session/session-view.tsx")).SessionView,
  trace: async () => (await import("./session/trace-view.tsx")).TraceView,
  playground: async () => (await import("./playground/playground-view.tsx")).PlaygroundView,
  metrics: async () => (await import("./metrics/metrics-view.tsx")).MetricsView,
};

/**
 * Loads what the views are made of, once somebody is let in and nothing else is to do: they are wanted most when the
 * gateway is gone.
 */
export function loadViews(): void {
  const load = () => {
    for (const view of Object.values(views)) view().catch(() => {}); // tried again, and told, when it is wanted
  };
  const stop = link.subscribe(({ state }) => {
    if (state !== "open") return;
    // Safari has no idle callback.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(load);
    else setTimeout(load, 1_000);
    queueMicrotask(() => stop()); // it may be told at once, before there is anything to stop
  });
}

function View() {
  const { view } = route.value;
  const { state } = link.value;
  // A file needs no gateway.
  if (view === "trace") return <Later load={views.trace} />;
  if (state === "signed_out" || state === "signing_in") return <SignIn />;
  return (
    <>
      <LinkNotice />
      {view === "sessions" ? <SessionsView /> : <Later load={views[view]} />}
    </>
  );
}

function titleOf({ view, sessionId }: Route): string {
  const name = view === "session" ? `Session ${sessionId ?? ""}` : view.charAt(0).toUpperCase() + view.slice(1);
  return `${name} · cellgate`;
}
