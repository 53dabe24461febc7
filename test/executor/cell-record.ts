import type { CallAnswer, CellEnd, CellEvent, CellFigures, RunningCell } from "../../src/executor/executor.ts";
import type { CellError } from "../../src/protocol/error-codes.ts";

type ToolCall = Extract<CellEvent, { type: "tool_call" }>;

/** Answers a cell's tool calls, at once or later. Without an answer a call stays open. */
export type Answerer = (call: ToolCall, answer: (answer: CallAnswer) => void) => void;

/** Gives every input back. */
export const echo: Answerer = ({ input }, answer) => answer({ ok: true, json: input });

/** What a test hears of one cell. */
export class CellRecord {
  /** All but those of its figures, which come whenever they are measured. */
  readonly events: CellEvent[] = [];
  /** Its figures, those of its end last. */
  readonly figures: CellFigures[] = [];
  readonly #answerer: Answerer | undefined;
  readonly #end = Promise.withResolvers<CellEnd>();
  readonly #watchers = new Set<() => void>();
  /** Set as soon as the cell was started: no call comes from within. */
  running: RunningCell | undefined;

  constructor(answerer?: Answerer) {
    this.#answerer = answerer;
  }

  /** Resolves when the cell has ended. */
  get ended(): Promise<CellEnd> {
    return this.#end.promise;
  }

  get texts(): string[] {
    const texts: string[] = [];
    for (const event of this.events) {
      if (event.type === "content" && event.item.type === "text") texts.push(event.item.text.toString());
    }
    return texts;
  }

  /** Resolves as soon as `isTrue` of what was heard. */
  async until(isTrue: (record: this) => boolean): Promise<void> {
    while (!isTrue(this)) await new Promise<void>((resolve) => this.#watchers.add(resolve));
  }

  hear(events: readonly CellEvent[]): void {
    for (const event of events) {
      if ("usage" in event && event.usage) this.figures.push(event.usage);
      if (event.type !== "usage") this.events.push(event);
      if (event.type === "ended") this.#end.resolve(event.end);
      if (event.type === "tool_call") {
        this.#answerer?.(event, (answer) => this.running?.answer(event.call, answer));
      }
    }
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
  }
}

/** What became of a cell that has ended. */
export interface Outcome {
  /** `finished`, `terminated`, or the code of its error. */
  readonly how: string;
  readonly error: CellError | undefined;
  readonly texts: readonly string[];
  readonly events: readonly CellEvent[];
}

/** Waits for the end of a cell. */
export async function outcomeOf(record: CellRecord): Promise<Outcome> {
  const end = await record.ended;
  const error = end.how === "failed" ? end.error : undefined;
  return { how: error?.code ?? end.how, error, texts: record.texts, events: record.events };
}
