import { defaultLimits } from "../protocol/limits.ts";
import { Culprits } from "./culprits.ts";
import type { CellListener, CellStart, Executor, RunningCell } from "./executor.ts";
import type { EndReason, ExecutorRole, ExecutorsStatus, ExecutorStatus } from "./executor-status.ts";
import type { ExecutorSettings } from "./messages.ts";
import { OwnExecutors } from "./own-executors.ts";
import { type Doom, ExecutorProcess } from "./process.ts";
import { residentBytes } from "./resident-memory.ts";
import { RetryDelay } from "./retry-delay.ts";
import { SharedExecutors } from "./shared-executors.ts";
import { loseCell } from "./waiting-cell.ts";
import { Watchdog, type WatchdogLimits } from "./watchdog.ts";

/** Whether sessions share processes, or each has one of its own. */
export type Isolation = "shared" | "session";

/** Limits of the processes, as seen from outside. */
export interface PoolLimits extends WatchdogLimits {
  /** Processes that run the cells of one session each. */
  readonly ownExecutors: number;
}

/** What a {@link Pool} needs. */
export interface PoolOptions {
  /** How many processes run the cells of all sessions. */
  readonly executors: number;
  readonly settings: ExecutorSettings;
  /** Default: `shared`. */
  readonly isolation?: Isolation | undefined;
  /** Limits other than the defaults. */
  readonly limits?: Partial<PoolLimits> | undefined;
  /** Hears of each process that died by itself, or had to be killed. */
  onLost?(why: string): void;
}

/**
 * Runs cells in several processes. One more is always ready to take the place of one that goes (rule C14), and a session
 * that cost a process gets one of its own (rule B6).
 */
export class Pool implements Executor {
  readonly #options: PoolOptions;
  /** All processes that are not gone yet. */
  readonly #existing = new Set<ExecutorProcess>();
  readonly #shared = new SharedExecutors();
  readonly #own: OwnExecutors;
  /** Those that were shared and take no more cells. */
  readonly #draining = new Set<ExecutorProcess>();
  readonly #culprits = new Culprits();
  readonly #retry = new RetryDelay();
  readonly #watchdog: Watchdog;
  readonly #ended = { lost: 0, stuck: 0, memory: 0, rss: 0, deaf: 0, recycled: 0, unneeded: 0 };
  #spare: ExecutorProcess | undefined;
  /** Set while no process is started, for the last one died before it was ready. */
  #retrying: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    const limits: PoolLimits = { ...defaultLimits, ...options.limits };
    this.#own = new OwnExecutors({
      max: limits.ownExecutors,
      culprits: this.#culprits,
      take: (maySpare) => this.#take(maySpare),
    });
    this.#watchdog = new Watchdog({
      limits,
      processes: () => Array.from(this.#existing).filter((process) => this.#roleOf(process) !== undefined),
      worn: (process) => this.#recycle(process),
      looked: () => this.#own.endIdle(),
    });
    this.#tend();
  }

  /** Ids of the processes that take cells; those for all sessions come first. */
  get pids(): number[] {
    const pidsOf = (role: ExecutorRole) =>
      Array.from(this.#existing).flatMap((process) => (this.#roleOf(process) === role ? (process.pid ?? []) : []));
    return [...pidsOf("shared"), ...pidsOf("own")];
  }

  /** All processes, and how many ended why. */
  get status(): ExecutorsStatus {
    const processes = Array.from(this.#existing).flatMap((process): ExecutorStatus[] => {
      const { pid, load, served } = process;
      const role = this.#roleOf(process);
      if (pid === undefined || role === undefined) return [];
      return [{ pid, role, cells: load, served, rssBytes: residentBytes(pid) ?? 0 }];
    });
    return { processes, ended: { ...this.#ended } };
  }

  /**
   * How many processes are up for the next session: those that all share, or, where each has its own, those and the
   * spare.
   */
  get ready(): number {
    const { isolation } = this.#options;
    const isFor = (role: ExecutorRole | undefined) =>
      isolation === "session" ? role === "own" || role === "spare" : role === "shared";
    return Array.from(this.#existing).filter((process) => process.isReady && isFor(this.#roleOf(process))).length;
  }

  start(cell: CellStart, listener: CellListener): RunningCell {
    if (!this.#onClosed) {
      const { isolation } = this.#options;
      if (isolation === "session" || this.#culprits.has(cell.sessionId)) return this.#own.start(cell, listener);
      const process = this.#shared.choose(cell.sessionId);
      if (process) return process.start(cell, listener);
    }
    loseCell(listener);
    return { answer() {}, terminate() {} };
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#onClosed = resolve;
      this.#watchdog.stop();
      this.#own.close();
      if (this.#existing.size === 0) resolve();
      for (const process of this.#existing) process.kill("unneeded");
    });
    return this.#closed;
  }

  /** Fills all places. */
  #tend(): void {
    const { executors, isolation } = this.#options;
    const places = isolation === "session" ? 0 : executors;
    while (this.#shared.size < places) {
      const process = this.#take(true);
      if (!process) break;
      this.#shared.add(process);
    }
    // What others wait for comes first.
    if (this.#shared.areReady) this.#spare ??= this.#start();
    this.#own.pump();
  }

  /** The spare, in whose place another is started, or else a new one; undefined while none is started. */
  #take(maySpare: boolean): ExecutorProcess | undefined {
    if (!maySpare || !this.#spare) return this.#start();
    const process = this.#spare;
    this.#spare = this.#start();
    return process;
  }

  #start(): ExecutorProcess | undefined {
    if (this.#retrying || this.#onClosed) return undefined;
    const process: ExecutorProcess = new ExecutorProcess(this.#options.settings, {
      ready: () => {
        this.#retry.reset();
        this.#tend();
      },
      idle: () => {
        if (this.#draining.has(process)) process.kill("recycled");
        else this.#own.idle(process);
      },
      doomed: (doom) => this.#doomed(process, doom),
      exited: (reason, why) => this.#exited(process, reason, why),
    });
    this.#existing.add(process);
    return process;
  }

  #doomed(process: ExecutorProcess, { reason, wasReady, suspects }: Doom): void {
    const role = this.#roleOf(process);
    const owner = this.#own.ownerOf(process);
    this.#own.delete(process);
    this.#shared.delete(process);
    this.#draining.delete(process);
    if (this.#spare === process) this.#spare = undefined;
    this.#ended[reason] += 1;
    if (isFault(reason)) {
      if (wasReady) this.#culprits.blame(owner === undefined ? suspects : [owner]);
      else this.#retryLater();
    }
    // One that had been given up already leaves no place.
    if (!this.#onClosed && role !== undefined) this.#tend();
  }

  #exited(process: ExecutorProcess, reason: EndReason, why: string): void {
    this.#existing.delete(process);
    if (this.#onClosed) {
      if (this.#existing.size === 0) this.#onClosed();
    } else if (isFault(reason)) this.#options.onLost?.(why);
  }

  #retryLater(): void {
    this.#retrying ??= setTimeout(() => {
      this.#retrying = undefined;
      this.#tend();
    }, this.#retry.next()).unref();
  }

  /** Replaces a process that has served for long enough; its cells run to their end in it. */
  #recycle(process: ExecutorProcess): void {
    if (!this.#shared.has(process)) return this.#own.drain(process);
    // There is no hurry: its place is taken by one that is ready.
    if (!this.#spare?.isReady) return;
    if (process.load === 0) return process.kill("recycled");
    // Those that drain may be so many because of their memory, which is not let grow without end.
    if (this.#draining.size >= this.#options.executors) return;
    this.#shared.delete(process);
    this.#draining.add(process);
    this.#tend();
  }

  /** Undefined where it is about to be gone. */
  #roleOf(process: ExecutorProcess): ExecutorRole | undefined {
    if (this.#shared.has(process)) return "shared";
    if (this.#draining.has(process)) return "draining";
    return process === this.#spare ? "spare" : this.#own.roleOf(process);
  }
}

function isFault(reason: EndReason): boolean {
  return reason !== "recycled" && reason !== "unneeded";
}
