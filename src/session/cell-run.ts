import type { CellEvent, CellListener, RunningCell } from "../executor/executor.ts";
import type { CellError } from "../protocol/error-codes.ts";
import { parseJson } from "../protocol/json-guard.ts";
import type { Limits } from "../protocol/limits.ts";
import type { JsonValue, ToolDefinition } from "../protocol/values.ts";
import type { Cell } from "./cell.ts";
import type { HostLink } from "./host-link.ts";

/** What a {@link CellRun} needs. */
export interface CellRunOptions {
  readonly cell: Cell;
  /** The enabled tools by their normalised names. */
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  readonly link: HostLink;
  readonly limits: Limits;
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
  #running: RunningCell | undefined;

  constructor(options: CellRunOptions) {
    this.#options = options;
  }

  /** `begin` starts the cell with this listener. */
  start(begin: (listener: CellListener) => RunningCell): void {
    this.#running = begin((events) => this.#hear(events));
    this.#options.cell.runs(this.#running);
  }

  #hear(events: readonly CellEvent[]): void {
    for (const event of events) this.#handle(event);
    this.#options.cell.flush();
  }

  #handle(event: CellEvent): void {
    const { cell } = this.#options;
    switch (event.type) {
      case "started":
        return cell.started();
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
    const { cell, tools, link } = this.#options;
    const tool = tools.get(identifier);
    // The isolate knows only enabled tools, and nothing is called for a cell that is on its way out.
    if (!tool || cell.phase === "terminating") return;
    cell.usage.called();
    const { name, kind = "function", timeoutMs } = tool;
    const parsed = this.#parse(name, input);
    if ("message" in parsed) return this.#running?.answer(number, { ok: false, code: "input_too_large", ...parsed });
    const call = { callId: `${cell.cellId}.${number}`, cellId: cell.cellId, name, kind, ...parsed, timeoutMs };
    link.call(call, (answer) => this.#running?.answer(number, answer));
  }

  #parse(name: string, json: string | undefined): { input: JsonValue | undefined } | { message: string } {
    try {
      return { input: json === undefined ? undefined : (parseJson(json, this.#options.limits) as JsonValue) };
    } catch (error) {
      const { message } = error as Error;
      return { message: `the input of tool ${JSON.stringify(name)} does not fit a frame: ${message}` };
    }
  }

  /** Rule C13: calls are cancelled, writes committed, and then the outcome is answered or kept. */
  #ended({ end, usage }: Extract<CellEvent, { type: "ended" }>): void {
    const { cell, link, ended, settled } = this.#options;
    if (usage) cell.usage.measured(usage);
    link.cancelCell(cell.cellId, cell.phase === "terminating" ? "terminated" : "ended");
    cell.ended(end, ended(this.#writes));
    settled();
  }
}
