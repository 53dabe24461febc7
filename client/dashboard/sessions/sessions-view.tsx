import { computed, signal } from "@preact/signals";
import { goTo, hrefOf, narrow, route } from "../address.ts";
import { now } from "../clock.ts";
import { link } from "../link.ts";
import { formatAge, formatBytes, formatCount, shortId } from "../model/format.ts";
import { listSessions, type SessionColumn, type SessionOrder } from "../model/session-filter.ts";
import { NoPermission } from "../parts/no-permission.tsx";
import { Loading } from "../parts/loading.tsx";
import { Notice } from "../parts/notice.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { type GridColumn, VirtualGrid } from "../parts/virtual-grid.tsx";
import type { SessionState, SessionStatus } from "../../index.ts";
import { sessions as store } from "./sessions-store.ts";

const order = signal<SessionOrder>({ column: "age", isDescending: false });
/** The session that keys move from. */
const active = signal("");

const states: readonly SessionState[] = ["connected", "suspended", "detached"];

const listed = computed(() => {
  void store.version.value;
  const { filter = "", state } = route.value.query;
  return listSessions(
    store.byId.values(),
    { text: filter, state: states.find((known) => known === state) },
    order.value,
  );
});

/** All sessions of the gateway. */
export function SessionsView() {
  const { query } = route.value;
  if (link.value.state === "host_only") return <NoPermission scope="observe" to="watch sessions" />;
  void store.version.value;
  const sessions = listed.value;
  return (
    <>
      <div class="toolbar">
        <h1>Sessions</h1>
        <span class="muted" role="status">
          {sessions.length === store.byId.size
            ? formatCount(sessions.length)
            : `${formatCount(sessions.length)} of ${formatCount(store.byId.size)}`}
        </span>
        <span class="stretch" />
        <div class="group" role="group" aria-label="State">
          <StateButton name="All" state={undefined} />
          {states.map((state) => (
            <StateButton key={state} name={state} state={state} />
          ))}
        </div>
        <SearchField
          label="Filter sessions"
          hint="id, principal, client, close"
          value={query.filter ?? ""}
          onInput={(filter) => narrow({ filter })}
        />
      </div>
      {sessions.length === 0 ? <Nothing /> : <List sessions={sessions} />}
    </>
  );
}

function StateButton({ name, state }: { readonly name: string; readonly state: SessionState | undefined }) {
  return (
    <button type="button" aria-pressed={route.value.query.state === state} onClick={() => narrow({ state })}>
      {name}
    </button>
  );
}

function Nothing() {
  if (!store.isLoaded) return <Loading what="the sessions" />;
  if (store.byId.size > 0) {
    return (
      <Notice title="No session is like this">
        <button type="button" onClick={() => narrow({ filter: undefined, state: undefined })}>
          Show all
        </button>
      </Notice>
    );
  }
  return (
    <Notice title="No sessions yet">
      <p>
        They appear here as soon as an agent connects. Run a cell yourself in the{" "}
        <a href={hrefOf({ view: "playground", query: {} })}>playground</a>, or start some agents with{" "}
        <code>npm run demo -- --keep</code>.
      </p>
    </Notice>
  );
}

function List({ sessions }: { readonly sessions: readonly SessionStatus[] }) {
  const row = sessions.findIndex(({ sessionId }) => sessionId === active.value);
  const at = (index: number) => sessions[index];
  const open = (index: number) => {
    const session = at(index);
    if (session) goTo({ view: "session", sessionId: session.sessionId, query: {} });
  };
  return (
    <VirtualGrid
      label="Sessions"
      class="sessions-grid"
      columns={columns.map(({ label, column, isNumber }) => columnHead(label, column, isNumber))}
      count={sessions.length}
      rowKey={(index) => at(index)?.sessionId ?? index}
      cells={(index) => cellsOf(at(index))}
      active={row}
      onActive={(index) => {
        active.value = at(index)?.sessionId ?? "";
      }}
      onOpen={open}
    />
  );
}

const columns: readonly { readonly label: string; readonly column?: SessionColumn; readonly isNumber?: boolean }[] = [
  { label: "Session" },
  { label: "State" },
  { label: "Principal", column: "principal" },
  { label: "Client" },
  { label: "Age", column: "age", isNumber: true },
  { label: "Live cells", column: "liveCells", isNumber: true },
  { label: "Cells", column: "cells", isNumber: true },
  { label: "Parked calls", column: "openCalls", isNumber: true },
  { label: "Unread", column: "unreadBytes", isNumber: true },
  { label: "Received", column: "receivedBytes", isNumber: true },
  { label: "Sent", column: "sentBytes", isNumber: true },
  { label: "Resumes", column: "resumes", isNumber: true },
  { label: "Last close" },
];

function columnHead(label: string, column: SessionColumn | undefined, isNumber = false): GridColumn {
  const className = isNumber ? "number" : undefined;
  if (!column) return { label, class: className };
  const { column: current, isDescending } = order.value;
  const isCurrent = current === column;
  const button = (
    <button
      type="button"
      onClick={() => {
        order.value = { column, isDescending: isCurrent ? !isDescending : true };
      }}
    >
      {label}
      {isCurrent && <span aria-hidden="true">{isDescending ? "↓" : "↑"}</span>}
    </button>
  );
  const sort = isDescending ? "descending" : "ascending";
  return { label: button, class: className, sort: isCurrent ? sort : undefined };
}

function cellsOf(session: SessionStatus | undefined) {
  if (!session) return [];
  const { sessionId, state, unreadOutcomes, unreadBytes, lastClose } = session;
  return [
    <a class="mono" href={hrefOf({ view: "session", sessionId, query: {} })} tabIndex={-1} title={sessionId}>
      {shortId(sessionId)}
    </a>,
    <span class={`session-state ${state}`}>{state}</span>,
    session.principal,
    session.client ?? "",
    formatAge(now.value - session.openedAtMs),
    formatCount(session.liveCells),
    formatCount(session.cells),
    formatCount(session.openCalls),
    unreadOutcomes + unreadBytes === 0 ? "0" : `${formatCount(unreadOutcomes)} · ${formatBytes(unreadBytes)}`,
    formatBytes(session.receivedBytes),
    formatBytes(session.sentBytes),
    formatCount(session.resumes),
    lastClose ? `${lastClose.code} ${lastClose.reason}` : "",
  ];
}
