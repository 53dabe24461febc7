import type {
  CallAnswer,
  CellEnd,
  CellEvent,
  CellListener,
  CellStart,
  Executor,
  RunningCell,
} from "../../src/executor/executor.ts";
import type { ContentItem } from "../../src/protocol/values.ts";

/** A cell whose code is the test: it emits what it is told to, and records what is done to it. */
export class FakeCell implements RunningCell {
  readonly start: CellStart;
  readonly answers: { readonly call: number; readonly answer: CallAnswer }[] = [];
  /** How often it was told to stop. */
  terminations = 0;
  readonly #listener: CellListener;
  #calls = 0;
  #ended = false;

  constructor(start: CellStart, listener: CellListener) {
    this.start = start;
    this.#listener = listener;
  }

  get cellId(): string {
    return this.start.cellId;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  answer(call: number, answer: CallAnswer): void {
    if (!this.#ended) this.answers.push({ call, answer });
  }

  terminate(): void {
    if (!this.#ended) this.terminations += 1;
  }

  /** Tells the listener one batch of events. */
  emit(...events: CellEvent[]): void {
    if (this.#ended) throw new Error(`cell ${this.cellId} has ended: it emits nothing more`);
    this.#ended = events.at(-1)?.type === "ended";
    this.#listener(events);
  }

  started(): this {
    this.emit({ type: "started" });
    return this;
  }

  /** Puts out items; a string stands for a text item. */
  put(...items: (string | ContentItem)[]): void {
    this.emit(
      ...items.map((item): CellEvent => ({
        type: "content",
        item: typeof item === "string" ? { type: "text", text: item } : item,
      })),
    );
  }

  notify(text: string): void {
    this.emit({ type: "notify", text });
  }

  /** Calls a tool, by its identifier. Returns the number of the call. */
  call(tool: string, input?: string): number {
    this.#calls += 1;
    this.emit({ type: "tool_call", call: this.#calls, tool, input });
    return this.#calls;
  }

  write(key: string, value: unknown): void {
    this.emit({ type: "write", key, json: JSON.stringify(value) });
  }

  /** The isolate is gone. Default: the code ran to its end. */
  end(end: CellEnd = { how: "finished" }): void {
    this.emit({ type: "ended", end });
  }

  /** The code threw. */
  fail(message: string): void {
    this.end({ how: "failed", error: { code: "script_error", message } });
  }

  /** The process that ran it died (rule C14). */
  lose(): void {
    this.end({ how: "failed", error: { code: "executor_lost", message: "exec runtime ended unexpectedly" } });
  }
}

/** An executor without processes: tests are its cells' code. */
export class FakeExecutor implements Executor {
  readonly cells: FakeCell[] = [];

  /** The cell that was started last. */
  get latest(): FakeCell {
    const cell = this.cells.at(-1);
    if (!cell) throw new Error("no cell was started");
    return cell;
  }

  cell(cellId: string): FakeCell {
    const cell = this.cells.find((started) => started.cellId === cellId);
    if (!cell) throw new Error(`no cell ${cellId} was started`);
    return cell;
  }

  start(start: CellStart, listener: CellListener): FakeCell {
    const cell = new FakeCell(start, listener);
    this.cells.push(cell);
    return cell;
  }

  /** All cells that live end with `executor_lost`. */
  close(): Promise<void> {
    for (const cell of this.cells) if (!cell.hasEnded) cell.lose();
    return Promise.resolve();
  }
}
