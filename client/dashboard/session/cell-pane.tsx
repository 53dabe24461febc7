import { useMemo } from "preact/hooks";
import { narrow, route } from "../address.ts";
import { connectedObservation, isAdmin } from "../link.ts";
import type { CellRecord } from "../model/cell-record.ts";
import { contentOf } from "../model/cell-content.ts";
import { formatBytes, formatCount, formatDuration, formatTime, shortId } from "../model/format.ts";
import { CellFailure } from "../parts/cell-failure.tsx";
import { Content } from "../parts/content.tsx";
import { Facts } from "../parts/facts.tsx";
import { Pane, Section } from "../parts/pane.tsx";
import { Phase } from "../parts/phase.tsx";
import { confirm } from "../parts/question.ts";
import { SourceText } from "../parts/source-text.tsx";
import { CallPart } from "./call-part.tsx";
import type { SessionSource } from "./source.ts";

/** All that is known of the selected cell. */
export function CellPane({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const { cell: cellId, call: callId } = route.value.query;
  if (cellId === undefined) return null;
  const cell = model.cell(cellId);
  const close = () => narrow({ cell: undefined, call: undefined });
  const title = (
    <>
      Cell <code title={cellId}>{shortId(cellId)}</code> {cell && <Phase phase={cell.phase} />}
    </>
  );
  if (!cell) {
    return (
      <Pane label="Cell" title={title} onClose={close}>
        <p class="muted">This page knows no such cell: it ended before the watch began, or is forgotten since.</p>
      </Pane>
    );
  }
  const call = model.call(callId);
  return (
    <Pane
      label="Cell"
      title={title}
      onClose={close}
      actions={cell.isLive && source.isLive && <Terminate cell={cell} sessionId={model.sessionId} />}
    >
      {call && <CallPart call={call} model={model} />}
      <Summary cell={cell} />
      {cell.error && (
        <Section title="Error">
          <CellFailure error={cell.error} />
        </Section>
      )}
      <Section title="Source">
        {cell.source === undefined ? (
          <p class="muted">It was accepted before this page began to watch, so its source is not known here.</p>
        ) : (
          <SourceText text={cell.source} errorLine={cell.error?.line} />
        )}
      </Section>
      <Output cell={cell} source={source} />
      <Changes cell={cell} />
    </Pane>
  );
}

function Terminate({ cell, sessionId }: { readonly cell: CellRecord; readonly sessionId: string }) {
  if (!isAdmin.value || route.value.view !== "session") return null;
  const ask = () => {
    confirm({
      title: "Terminate this cell?",
      text: `Cell ${cell.cellId} stops at once and its writes are discarded. Its outcome is left to the agent.`,
      action: "Terminate",
      act: async () => connectedObservation().terminate(sessionId, cell.cellId),
    });
  };
  return (
    <button type="button" class="danger" onClick={ask}>
      Terminate…
    </button>
  );
}

function Summary({ cell }: { readonly cell: CellRecord }) {
  const { acceptedAtMs, startedAtMs, endedAtMs, usage, status, calls } = cell;
  const cpuMs = usage?.cpuMs ?? status?.cpuMs;
  const heapBytes = usage?.heapBytes ?? status?.heapBytes;
  return (
    <Section title="Summary">
      <Facts
        facts={{
          accepted: formatTime(acceptedAtMs),
          queued:
            startedAtMs === undefined || startedAtMs === acceptedAtMs
              ? undefined
              : formatDuration(startedAtMs - acceptedAtMs),
          ended: endedAtMs === undefined ? undefined : formatTime(endedAtMs),
          ending: cell.ending,
          "wall time": usage && formatDuration(usage.wallMs),
          "CPU time": cpuMs === undefined ? undefined : `${formatDuration(cpuMs)}, by estimate`,
          heap: heapBytes === undefined ? undefined : formatBytes(heapBytes),
          calls: formatCount(usage?.toolCalls ?? calls.length),
          "tool call id": cell.toolCallId,
          turn: cell.turn || undefined, // 0 in a trace that does not tell it
          tools: cell.tools?.join(", "),
        }}
      />
    </Section>
  );
}

function Output({ cell, source }: { readonly cell: CellRecord; readonly source: SessionSource }) {
  const { model } = source;
  // Decoded again only when there is more, and not whenever the pane is drawn.
  const { items, missing } = useMemo(() => contentOf(model, cell), [model, cell, cell.contentFrames.length]);
  if (items.length + missing === 0) {
    return (
      <Section title="Content">
        <p class="muted">{cell.isLive ? "None was given to the agent yet." : "None."}</p>
      </Section>
    );
  }
  return (
    <Section title="Content">
      {missing > 0 && <p class="muted">Of {formatCount(missing)} answers the content is not kept here.</p>}
      <Content items={items} />
    </Section>
  );
}

function Changes({ cell: { changes } }: { readonly cell: CellRecord }) {
  if (changes.length === 0) return null;
  return (
    <Section title="Stored values, before and after">
      <ul class="changes">
        {changes.map(({ key, before, after }, index) => (
          <li key={index}>
            <code>{key}</code>
            <pre class="block before">{before ?? "(none)"}</pre>
            <pre class="block after">{after ?? "(removed)"}</pre>
          </li>
        ))}
      </ul>
    </Section>
  );
}
