import { useSignalEffect } from "@preact/signals";
import { formatBytes, formatDuration, shortId } from "../model/format.ts";
import { CellFailure } from "../parts/cell-failure.tsx";
import { Content } from "../parts/content.tsx";
import { Facts } from "../parts/facts.tsx";
import type { Outcome } from "../../index.ts";
import type { PlaygroundCell, RunState } from "./playground-cell.ts";
import { playground } from "./playground-store.ts";

/** A cell that was run, with what came of it. */
export function CellResult({ cell }: { readonly cell: PlaygroundCell }) {
  const run = cell.run.value;
  const cellId = cell.cellId.value;
  const content = cell.content.value;
  const notifications = cell.notifications.value;
  useSignalEffect(() => {
    const current = cell.run.value;
    const isShown = playground.cells.peek()[0] === cell && playground.source.peek() === cell.source;
    if (isShown && current.state === "over") playground.editor.peek()?.markLine(current.outcome.error?.line);
  });
  return (
    <article class="result" aria-label={`Cell ${cellId ?? "that starts"}`}>
      <header>
        <span class={`phase ${phaseOf(run)}`} role="status">
          {wordFor(run)}
        </span>
        {cellId !== undefined && <code title={cellId}>{shortId(cellId)}</code>}
        {cell.tookMs.value !== undefined && <span class="muted">{formatDuration(cell.tookMs.value)}</span>}
        <span class="stretch" />
        <Buttons cell={cell} />
      </header>
      {run.state === "refused" && (
        <p class="fault" role="alert">
          {run.message}
        </p>
      )}
      {notifications.length > 0 && (
        <ul class="notifications" aria-label="Notifications">
          {notifications.map((text, index) => (
            <li key={index}>{text}</li>
          ))}
        </ul>
      )}
      {content.length > 0 && <Content items={content} />}
      {run.state === "over" && <End outcome={run.outcome} />}
    </article>
  );
}

function Buttons({ cell }: { readonly cell: PlaygroundCell }) {
  const { state } = cell.run.value;
  if (state !== "running" && state !== "yielded") return null;
  return (
    <>
      {state === "yielded" ? (
        <button type="button" onClick={() => void playground.wait(cell)}>
          Wait
        </button>
      ) : (
        <button type="button" onClick={() => void playground.yieldNow(cell)}>
          Yield now
        </button>
      )}
      <button type="button" class="danger" onClick={() => void playground.terminate(cell)}>
        Terminate
      </button>
    </>
  );
}

function End({ outcome: { error, usage } }: { readonly outcome: Outcome }) {
  return (
    <>
      {error && <CellFailure error={error} />}
      {usage && (
        <Facts
          facts={{
            "wall time": formatDuration(usage.wallMs),
            "CPU time": `${formatDuration(usage.cpuMs)}, by estimate`,
            heap: usage.heapBytes === undefined ? undefined : formatBytes(usage.heapBytes),
            calls: usage.toolCalls,
          }}
        />
      )}
    </>
  );
}

function phaseOf(run: RunState): string {
  if (run.state === "refused") return "failed";
  if (run.state !== "over") return run.state === "starting" ? "queued" : run.state;
  if (run.outcome.type === "terminated") return "terminated";
  return run.outcome.error ? "failed" : "finished";
}

function wordFor(run: RunState): string {
  return run.state === "over" ? phaseOf(run) : run.state;
}
