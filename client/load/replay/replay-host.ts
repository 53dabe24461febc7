import type { ToolCall } from "../../../src/protocol/host.ts";
import type { ToolDefinition } from "../../../src/protocol/values.ts";
import { pause } from "../../timer.ts";
import type { AgentHost } from "../agent-host.ts";
import type { CellBook } from "./cell-book.ts";
import type { RecordedCall, RecordedCell, RecordedSession } from "./recorded-session.ts";

/** A cell that is played again, and what it was in the trace. */
interface PlayedCell {
  readonly book: CellBook;
  /** Calls of the trace that were not made again yet. */
  readonly left: RecordedCall[];
}

/** The host of a session that is played again: it answers each call as the trace does, and as late. */
export class ReplayHost implements AgentHost {
  readonly session: RecordedSession;
  readonly #speed: number;
  readonly #cells = new Map<string, PlayedCell>();
  /** What calls are in the trace, by their ids now: another turn may be offered one again. */
  readonly #known = new Map<string, RecordedCall>();
  #definitions: readonly ToolDefinition[];
  #calls = 0;
  #notified = 0;

  constructor(session: RecordedSession, speed: number) {
    this.session = session;
    this.#speed = speed;
    this.#definitions = session.tools;
  }

  get definitions(): ToolDefinition[] {
    return [...this.#definitions];
  }

  /** The next turn declares these. */
  declare(definitions: readonly ToolDefinition[]): void {
    this.#definitions = definitions;
  }

  /** A cell of the trace runs again, under another id. */
  began(cellId: string, { calls }: RecordedCell, book: CellBook): void {
    this.#cells.set(cellId, { book, left: [...calls] });
  }

  async invokeTool({ callId, cellId, name, input }: ToolCall, signal: AbortSignal): Promise<unknown> {
    this.#calls += 1;
    const call = this.#known.get(callId) ?? this.#take(cellId, name, input);
    if (!call) throw Object.assign(new Error(`the trace has no such call of ${name}`), { code: "not_in_trace" });
    this.#known.set(callId, call);
    // Nobody answered then, and nobody does now.
    if (!call.answer) return new Promise(() => {});
    const { afterMs, frame } = call.answer;
    if (afterMs > 0) await pause(afterMs / this.#speed, signal);
    if (frame.type === "tool_result") return frame.value;
    throw Object.assign(new Error(frame.message), { code: frame.code });
  }

  notify(): void {}

  notified(cellId: string, text: string): void {
    this.#notified += 1;
    this.#cells.get(cellId)?.book.notified(text);
  }

  takeCounts(): { calls: number; notifications: number } {
    const counts = { calls: this.#calls, notifications: this.#notified };
    this.#calls = 0;
    this.#notified = 0;
    return counts;
  }

  /** The first call of this name that is left, with the same input if there is one: calls at once come in any order. */
  #take(cellId: string, name: string, input: unknown): RecordedCall | undefined {
    const { left = [] } = this.#cells.get(cellId) ?? {};
    const text = JSON.stringify(input);
    const equal = left.findIndex((call) => call.name === name && JSON.stringify(call.input) === text);
    const index = equal >= 0 ? equal : left.findIndex((call) => call.name === name);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  }
}
