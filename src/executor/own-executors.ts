import type { CellListener, CellStart, RunningCell } from "./executor.ts";
import type { ExecutorRole } from "./executor-status.ts";
import type { Culprits } from "./culprits.ts";
import type { ExecutorProcess } from "./process.ts";
import { WaitingCell } from "./waiting-cell.ts";

/** How long a process without cells is kept for its session. */
const IDLE_MS = 30_000;

/** What is needed of a process here. */
type OwnProcess = Pick<ExecutorProcess, "load" | "start" | "kill">;

/** What {@link OwnExecutors} need. */
export interface OwnExecutorsOptions {
  /** How many processes there may be. */
  readonly max: number;
  /** Knows whose next process has to wait. */
  readonly culprits: Pick<Culprits, "has" | "waitMs">;
  /** A new process, which may be the spare. Undefined: none can be started now, and {@link OwnExecutors.pump} is called later. */
  readonly take: (maySpare: boolean) => OwnProcess | undefined;
}

interface Own {
  readonly sessionId: string;
  isDraining: boolean;
  /** When its last cell ended: a value of `performance.now()`. */
  idleSince: number;
}

/** Processes that run the cells of one session each. Cells wait for one in the order in which they came. */
export class OwnExecutors {
  readonly #options: OwnExecutorsOptions;
  readonly #processes = new Map<OwnProcess, Own>();
  /** The process that takes a session's cells. */
  readonly #serving = new Map<string, OwnProcess>();
  /** By session; the one whose cell came first comes first. */
  readonly #waiting = new Map<string, Set<WaitingCell>>();
  #pumping: NodeJS.Timeout | undefined;

  constructor(options: OwnExecutorsOptions) {
    this.#options = options;
  }

  start(cell: CellStart, listener: CellListener): RunningCell {
    const process = this.#serving.get(cell.sessionId);
    if (process) return process.start(cell, listener);
    const waiting = new WaitingCell(cell, listener, (taken) => this.#forget(taken));
    const cells = this.#waiting.get(cell.sessionId) ?? new Set();
    this.#waiting.set(cell.sessionId, cells.add(waiting));
    this.pump();
    return waiting;
  }

  /** Whose process it is. */
  ownerOf(process: OwnProcess): string | undefined {
    return this.#processes.get(process)?.sessionId;
  }

  roleOf(process: OwnProcess): ExecutorRole | undefined {
    const own = this.#processes.get(process);
    return own && (own.isDraining ? "draining" : "own");
  }

  /** Starts processes for cells that wait, as far as that is possible now. */
  pump(): void {
    const { max, culprits, take } = this.#options;
    let againMs = Infinity;
    for (const [sessionId, cells] of this.#waiting) {
      const waitMs = culprits.waitMs(sessionId);
      if (waitMs > 0) {
        againMs = Math.min(againMs, waitMs);
        continue;
      }
      if (this.#processes.size >= max && !this.#makeRoom()) break;
      const process = take(!culprits.has(sessionId));
      if (!process) break;
      this.#waiting.delete(sessionId);
      this.#processes.set(process, { sessionId, isDraining: false, idleSince: 0 });
      this.#serving.set(sessionId, process);
      for (const cell of cells) cell.startIn(process);
    }
    clearTimeout(this.#pumping);
    if (againMs < Infinity) this.#pumping = setTimeout(() => this.pump(), againMs).unref();
  }

  /** The process has no cells any more. */
  idle(process: OwnProcess): void {
    const own = this.#processes.get(process);
    if (!own) return;
    own.idleSince = performance.now();
    if (own.isDraining) this.#end(process, "recycled");
    this.pump();
  }

  /** Ends processes that nobody needed for a while. To be called every now and then. */
  endIdle(): void {
    const latest = performance.now() - IDLE_MS;
    for (const [process, { idleSince }] of this.#processes) {
      if (process.load === 0 && idleSince <= latest) this.#end(process, "unneeded");
    }
  }

  /** Lets the process end with its last cell; a further cell of its session gets another. Not where there is no room. */
  drain(process: OwnProcess): void {
    const own = this.#processes.get(process);
    if (!own || own.isDraining) return;
    if (process.load === 0) return this.#end(process, "recycled");
    // A session has one that drains at most, for each may hold as much memory as makes a process drain.
    const drains = Array.from(this.#processes.values()).some((other) => {
      return other.isDraining && other.sessionId === own.sessionId;
    });
    if (drains || this.#processes.size >= this.#options.max) return;
    own.isDraining = true;
    this.#serving.delete(own.sessionId);
  }

  /** The process takes no more cells, for it is ending. Returns whether it was one of these. */
  delete(process: OwnProcess): boolean {
    const own = this.#processes.get(process);
    if (!own) return false;
    this.#processes.delete(process);
    if (this.#serving.get(own.sessionId) === process) this.#serving.delete(own.sessionId);
    return true;
  }

  /** Ends the cells that wait with `executor_lost`. */
  close(): void {
    clearTimeout(this.#pumping);
    for (const cells of this.#waiting.values()) for (const cell of cells) cell.lose();
    this.#waiting.clear();
  }

  /** Ends the process that has been without cells for the longest time. */
  #makeRoom(): boolean {
    let oldest: [OwnProcess, Own] | undefined;
    for (const entry of this.#processes) {
      if (entry[0].load === 0 && (!oldest || entry[1].idleSince < oldest[1].idleSince)) oldest = entry;
    }
    if (oldest) this.#end(oldest[0], "unneeded");
    return oldest !== undefined;
  }

  #end(process: OwnProcess, reason: "recycled" | "unneeded"): void {
    this.delete(process);
    process.kill(reason);
  }

  #forget(cell: WaitingCell): void {
    const cells = this.#waiting.get(cell.sessionId);
    cells?.delete(cell);
    if (cells?.size === 0) this.#waiting.delete(cell.sessionId);
  }
}
