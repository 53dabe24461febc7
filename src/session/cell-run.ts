import type { CellEvent, CellListener, RunningCell } from "../executor/executor.ts";
import type { CellError } from "../protocol/error-codes.ts";
import type { Limits } from "../protocol/limits.ts";
import type { CallEnding } from "../protocol/observed-events.ts";
import type { ToolDefinition } from "../protocol/values.ts";
import type { Cell } from "./cell.ts";
import type { Clock } from "./clock.ts";
import type { HostLink } from "./host-link.ts";
import type { SessionObserver } from "./session-event.ts";

/** What a {@link CellRun} needs. */
export interface CellRunOptions {
  readonly cell: Cell;
  readonly source: string;
  /** The enabled tools by their normalised names. */
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  readonly link: HostLink;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly sessionId: string;
  /** The turn that asked for the cell. */
  readonly turn: number;
  /** As the client gave it. */
  readonly traceparent: string | undefined;
  /** The isolate is gone. Takes what the cell wrote, and returns what is wrong with it. */
  readonly ended: (writes: ReadonlyMap<string, string>) => CellError | undefined;
  /** Everything that came of the end has been said. */
  readonly settled: () => void;
}

/** Hears what one cell does, and tells each thing to whom it concerns. */
export class CellRun {
  readonly #options: CellRunOptions;
  /** Values that the cell stored, as JSON texts, until it ends (rule V2). */
  readonly #writes = new Map<string, string>();
  /** When each call was made that has not ended, by its id. */
  readonly #calls = new Map<string, number>();
  #running: RunningCell | undefined;

  constructor(options: CellRunOptions) {
    this.#options = options;
  }

  /** `begin` starts the cell with this listener. */
  start(begin: (listener: CellListener) => RunningCell): void {
    const { cell, source, observer, sessionId, turn, traceparent } = this.#options;
    const { cellId, toolCallId } = cell;
    const tools = Array.from(this.#options.tools.values(), ({ name }) => name);
    observer.hear({ type: "cell_accepted", cellId, sessionId, turn, source, toolCallId, tools, traceparent });
    this.#running = begin((events) => this.#hear(events));
    cell.runs(this.#running);
  }

  #hear(events: readonly CellEvent[]): void {
    const { cell, observer, sessionId } = this.#options;
    const { unreadBytes } = cell;
    for (const event of events) this.#handle(event);
    if (cell.unreadBytes !== unreadBytes) observer.putOut?.(sessionId);
    cell.flush();
  }

  #handle(event: CellEvent): void {
    const { cell, observer, sessionId } = this.#options;
    switch (event.type) {
      case "started":
        // It may have been stopped already.
        if (cell.phase !== "queued") return;
        observer.hear({
          type: "cell_started",
          cellId: cell.cellId,
          sessionId,
          queuedMs: cell.ageMs - (event.agoMs ?? 0),
        });
        return cell.started(event.agoMs);
      case "content":
        return cell.content(event.item);
      case "yield":
        // Like the yield timer, it comes after a terminate (rule C15).
        if (cell.phase !== "terminating") cell.yieldNow();
        return;
      case "notify":
        return this.#notify(event.text);
      case "tool_call":
        return this.#call(event);
      case "write":
        this.#writes.set(event.key, event.json);
        return;
      case "usage":
        return cell.usage.measured(event.usage);
      case "ended":
        return this.#ended(event);
      default:
        event satisfies never;
    }
  }

  #notify(text: string): void {
    const { cell, link, limits } = this.#options;
    const limit = link.notify({ cellId: cell.cellId, toolCallId: cell.toolCallId, text });
    if (limit === undefined) return;
    const message = `more notifications wait for a host than ${limits[limit]} (${limit})`;
    cell.exceed({ code: "notification_limit", message, limit });
  }

  #call({ call: number, tool: identifier, input }: Extract<CellEvent, { type: "tool_call" }>): void {
    const { cell, tools, link, clock, observer, sessionId } = this.#options;
    const tool = tools.get(identifier);
    // The isolate knows only enabled tools, and nothing is called for a cell that is on its way out.
    if (!tool || cell.phase === "terminating") return;
    cell.usage.called();
    const { name, kind = "function", timeoutMs } = tool;
    const { cellId } = cell;
    const callId = `${cellId}.${number}`;
    this.#calls.set(callId, clock.now());
    observer.hear({ type: "call_made", callId, cellId, sessionId, tool: name });
    const traceparent = observer.traceparentOf?.(callId);
    link.call({ callId, cellId, name, kind, timeoutMs, traceparent }, input, (answer) => {
      if (answer.ok) this.#callEnded(callId, "answered");
      else this.#callEnded(callId, "failed", answer.code);
      this.#running?.answer(number, answer);
    });
  }

  #callEnded(callId: string, ending: CallEnding, code?: string): void {
    const { cell, clock, observer, sessionId } = this.#options;
    const ageMs = clock.now() - (this.#calls.get(callId) ?? clock.now());
    this.#calls.delete(callId);
    observer.hear({ type: "call_ended", callId, cellId: cell.cellId, sessionId, ending, code, ageMs });
  }

  /** Rule C13: calls are cancelled, writes committed, and then the outcome is answered or kept. */
  #ended({ end, usage: measured }: Extract<CellEvent, { type: "ended" }>): void {
    const { cell, link, ended, settled, observer, sessionId } = this.#options;
    const { cellId, ageMs } = cell;
    if (measured) cell.usage.measured(measured);
    link.cancelCell(cellId, cell.phase === "terminating" ? "terminated" : "ended");
    for (const callId of this.#calls.keys()) this.#callEnded(callId, "cancelled");
    cell.ended(end, ended(this.#writes));
    const { ending = "ok", used: usage, error } = cell;
    observer.hear({ type: "cell_ended", cellId, sessionId, ending, ageMs, usage, error });
    settled();
  }
}
