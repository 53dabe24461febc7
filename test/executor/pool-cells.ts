import type { CellTool, Executor } from "../../src/executor/executor.ts";
import type { ExecutorSettings } from "../../src/executor/messages.ts";
import type { Pool } from "../../src/executor/pool.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { type Answerer, CellRecord, type Outcome, outcomeOf } from "./cell-record.ts";

/** Settings of a cell that runs in an executor's process. */
export interface CellOptions {
  readonly tools?: readonly string[];
  readonly answer?: Answerer;
  readonly stored?: Readonly<Record<string, string>>;
  /** Default: a session of its own. */
  readonly sessionId?: string;
}

/** Waits until something is true of a pool that nobody tells of. */
export async function untilPool(pool: Pool, isTrue: (pool: Pool) => boolean): Promise<void> {
  while (!isTrue(pool)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** What a gateway gives its executors by default. */
export const settings: ExecutorSettings = { limits: defaultLimits, isolateReuse: "session", jit: "on" };

let count = 0;

/** Starts a cell and records what it does. */
export function startCell(executor: Executor, source: string, options: CellOptions = {}): CellRecord {
  const record = new CellRecord(options.answer);
  const tools = (options.tools ?? []).map((identifier): CellTool => ({
    identifier,
    description: "",
    kind: "function",
  }));
  const storedValues = new Map(Object.entries(options.stored ?? {}));
  count += 1;
  const sessionId = options.sessionId ?? `session-${count}`;
  const start = { cellId: `cell-${count}`, sessionId, source, tools, storedValues };
  record.running = executor.start(start, (events) => record.hear(events));
  return record;
}

/** Runs a cell to its end. */
export function runCell(executor: Executor, source: string, options?: CellOptions): Promise<Outcome> {
  return outcomeOf(startCell(executor, source, options));
}

/** Starts a cell that puts out `up`, and waits for that. */
export async function startUp(executor: Executor, source: string, options?: CellOptions): Promise<CellRecord> {
  const record = startCell(executor, `text("up");\n${source}`, options);
  await record.until(({ texts }) => texts.includes("up"));
  return record;
}
