import type { CellListener, CellStart, Executor, RunningCell } from "./executor.ts";
import type { ExecutorSettings } from "./messages.ts";
import { ExecutorProcess } from "./process.ts";

/** A process that dies before it is ready is not replaced faster than this, doubled each time. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** So many more cells than the idlest process may that of the session have and still get its next one. */
const LOAD_SLACK = 1;
const REMEMBERED_SESSIONS = 4_096;

/** What a {@link Pool} needs. */
export interface PoolOptions {
  /** How many processes run cells. */
  readonly executors: number;
  readonly settings: ExecutorSettings;
  /** Hears of each process that died by itself. */
  onLost?(why: string): void;
}

/** Runs cells in several processes; a process that dies is replaced at once (rule C14). */
export class Pool implements Executor {
  readonly #options: PoolOptions;
  /** Processes that take cells. */
  readonly #processes = new Set<ExecutorProcess>();
  /** All processes that are not gone yet. */
  readonly #existing = new Set<ExecutorProcess>();
  /** Where each session's last cell ran, for the latest sessions: isolates that served it wait there. */
  readonly #lastProcesses = new Map<string, ExecutorProcess>();
  #retryMs = FIRST_RETRY_MS;
  #closed: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let count = 0; count < options.executors; count++) this.#spawn();
  }

  /** Ids of the processes that take cells. */
  get pids(): number[] {
    return Array.from(this.#processes, ({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  /** How many processes are up and take cells. */
  get ready(): number {
    let ready = 0;
    for (const process of this.#processes) if (process.isReady) ready += 1;
    return ready;
  }

  /** Hands the cell to the process of its session's last one, or, if that has more to do than others, to the idlest. */
  start(cell: CellStart, listener: CellListener): RunningCell {
    let best: ExecutorProcess | undefined;
    for (const process of this.#processes) if (!best || process.load < best.load) best = process;
    if (!best) return lost(listener);
    const last = this.#lastProcesses.get(cell.sessionId);
    if (last && this.#processes.has(last) && last.load <= best.load + LOAD_SLACK) best = last;
    this.#remember(cell.sessionId, best);
    return best.start(cell, listener);
  }

  #remember(sessionId: string, process: ExecutorProcess): void {
    this.#lastProcesses.delete(sessionId);
    this.#lastProcesses.set(sessionId, process);
    const [oldest] = this.#lastProcesses.keys();
    if (this.#lastProcesses.size > REMEMBERED_SESSIONS && oldest !== undefined) this.#lastProcesses.delete(oldest);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#onClosed = resolve;
      if (this.#existing.size === 0) resolve();
      for (const process of this.#existing) process.kill();
    });
    return this.#closed;
  }

  #spawn(): void {
    const process = new ExecutorProcess(this.#options.settings, {
      doomed: (wasReady) => {
        this.#processes.delete(process);
        if (!this.#onClosed) this.#replace(wasReady);
      },
      exited: (why) => {
        this.#existing.delete(process);
        if (!this.#onClosed) this.#options.onLost?.(why);
        else if (this.#existing.size === 0) this.#onClosed();
      },
    });
    this.#processes.add(process);
    this.#existing.add(process);
  }

  #replace(wasReady: boolean): void {
    if (wasReady) {
      this.#retryMs = FIRST_RETRY_MS;
      return this.#spawn();
    }
    setTimeout(() => {
      if (!this.#onClosed) this.#spawn();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

/** No process could be started: the cell ends like one whose process died. */
function lost(listener: CellListener): RunningCell {
  const error = { code: "executor_lost", message: "exec runtime could not be started" } as const;
  setImmediate(() => listener([{ type: "ended", end: { how: "failed", error } }]));
  return { answer() {}, terminate() {} };
}
