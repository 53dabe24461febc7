import { hrefOf } from "../address.ts";
import { gatewayNow } from "../clock.ts";
import { connectedObservation, isAdmin, link } from "../link.ts";
import { formatAge, formatBytes, formatCount } from "../model/format.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { NoPermission } from "../parts/no-permission.tsx";
import { Loading } from "../parts/loading.tsx";
import { Notice } from "../parts/notice.tsx";
import { confirm } from "../parts/question.ts";
import { SessionParts } from "./session-parts.tsx";
import type { SessionSource } from "./source.ts";
import { watchedSession } from "./watched-session.ts";

/** The session that the address names, as it is watched. */
export function SessionView() {
  if (link.value.state === "host_only") return <NoPermission scope="observe" to="watch sessions" />;
  const store = watchedSession.value;
  if (!store) return null;
  void store.version.value;
  const { model } = store;
  if (store.problem.value) {
    return (
      <Notice title="This session cannot be watched" isProblem>
        <p>
          {store.problem.value}. It may have ended;{" "}
          <a href={hrefOf({ view: "sessions", query: {} })}>see those that live</a>.
        </p>
      </Notice>
    );
  }
  if (!model.status) return <Loading what="the session" />;
  return (
    <>
      <Head source={store} />
      <SessionParts source={store} />
    </>
  );
}

function Head({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const { sessionId, isGone, status } = model;
  if (!status) return null;
  const end = () => {
    confirm({
      title: "End this session?",
      text: `Its ${formatCount(status.liveCells)} live cells are terminated and its stored values are lost. The agent's connection is closed.`,
      action: "End session",
      act: async () => connectedObservation().endSession(sessionId),
    });
  };
  return (
    <div class="session-head">
      <h1>
        <a href={hrefOf({ view: "sessions", query: {} })}>Sessions</a> <span class="muted">/</span>{" "}
        <code title={sessionId}>{sessionId}</code>
      </h1>
      <span class={`session-state ${isGone ? "gone" : status.state}`}>{isGone ? "ended" : status.state}</span>
      <dl class="facts">
        <Fact name="principal">{status.principal}</Fact>
        {status.client && <Fact name="client">{status.client}</Fact>}
        <Fact name="turn">{status.turn}</Fact>
        <Fact name="age">{formatAge((isGone ? model.latestAtMs : gatewayNow()) - status.openedAtMs)}</Fact>
        <Fact name="cells">
          {formatCount(status.cells)}, {formatCount(status.liveCells)} live
        </Fact>
        <Fact name="traffic">
          {formatBytes(status.receivedBytes)} in, {formatBytes(status.sentBytes)} out
        </Fact>
        {status.resumes > 0 && <Fact name="resumes">{status.resumes}</Fact>}
      </dl>
      <span class="stretch" />
      <CopyButton label="Copy id" text={() => sessionId} />
      {isAdmin.value && (
        <button type="button" class="danger" disabled={isGone} onClick={end}>
          End session…
        </button>
      )}
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
