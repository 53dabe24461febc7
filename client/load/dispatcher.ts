import { setTimeout as delay } from "node:timers/promises";
import { Arrivals } from "./arrivals.ts";
import { Queue } from "./queue.ts";

/** How the flows of one worker follow one another. */
export interface Pace {
  /** Of this worker, from 0. */
  readonly worker: number;
  readonly workers: number;
  /** Of all workers. Absent: a closed loop. */
  readonly rate?: number | undefined;
  /** Of this worker: flows that run at a time, in a closed loop. */
  readonly concurrency: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Flows that count: of this worker in a closed loop, of all in an open one. */
  readonly count?: number | undefined;
}

/** A flow that is to begin. */
export interface Beginning {
  /** In the time of `performance.now()`. */
  readonly dueAt: number;
  readonly isWarmUp: boolean;
}

/** What a {@link Dispatcher} needs. */
export interface DispatcherOptions<Socket> {
  readonly pace: Pace;
  readonly sockets: readonly Socket[];
  /** Runs a flow on a socket. Never rejects. */
  readonly run: (socket: Socket, beginning: Beginning) => Promise<void>;
  /** A flow began so many milliseconds later than it was due although a socket was free: the client was late. */
  readonly onLate: (ms: number) => void;
  /** When it is aborted, no more flows begin. */
  readonly signal: AbortSignal;
}

/** A timer counts in whole milliseconds: what is due within the next one begins now rather than too late. */
const earlyMs = 1;
/** How long flows that are due by the end, and have no socket, may still begin. */
const graceMs = 10_000;

/** Begins flows on sockets that are free, the one that has been free for the longest first. */
export class Dispatcher<Socket> {
  readonly #options: DispatcherOptions<Socket>;
  readonly #free = new Queue<Socket>();
  /** Flows that are due and have no socket. */
  readonly #due = new Queue<Beginning>();
  /** Called when a socket is free. */
  #onFree = () => {};
  #running = 0;
  #begun = 0;

  constructor(options: DispatcherOptions<Socket>) {
    this.#options = options;
    for (const socket of options.sockets) this.#free.add(socket);
  }

  /** Flows that run now. */
  get running(): number {
    return this.#running;
  }

  /** Flows that are due and wait for a socket. */
  get waiting(): number {
    return this.#due.length;
  }

  /** Flows that began. */
  get begun(): number {
    return this.#begun;
  }

  /** Begins flows from `startAt` on, and resolves when the last has begun: with how many never did, for want of a socket. */
  async begin(startAt: number): Promise<number> {
    const { rate, ...pace } = this.#options.pace;
    if (rate === undefined) return this.#closedLoop(startAt);
    return this.#openLoop(startAt, new Arrivals({ ...pace, rate, count: pace.count }));
  }

  /** Resolves when no flow runs, or after so many milliseconds: with how many do. */
  async settled(timeoutMs: number): Promise<number> {
    const until = performance.now() + timeoutMs;
    while (this.#running > 0 && performance.now() < until) await this.#untilFree(until);
    return this.#running;
  }

  async #openLoop(startAt: number, arrivals: Arrivals): Promise<number> {
    const { signal, pace } = this.#options;
    for (let index = pace.worker; index < arrivals.total; index += pace.workers) {
      const dueAt = startAt + arrivals.dueMs(index);
      const restMs = dueAt - performance.now() - earlyMs;
      if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      this.#arrive({ dueAt, isWarmUp: arrivals.isWarmUp(index) });
    }
    const until = performance.now() + graceMs;
    while (this.#due.length > 0 && performance.now() < until && !signal.aborted) await this.#untilFree(until);
    return this.#due.clear();
  }

  #arrive(beginning: Beginning): void {
    const socket = this.#free.take();
    if (socket === undefined) return this.#due.add(beginning);
    this.#options.onLate(Math.max(0, performance.now() - beginning.dueAt));
    this.#run(socket, beginning);
  }

  async #closedLoop(startAt: number): Promise<number> {
    const { signal, pace } = this.#options;
    const { concurrency, warmUpMs, durationMs, count = Infinity } = pace;
    const countsAt = startAt + warmUpMs;
    const endAt = pace.count === undefined ? countsAt + durationMs : Infinity;
    let counted = 0;
    await delay(Math.max(0, startAt - performance.now()));
    while (!signal.aborted && counted < count) {
      const dueAt = performance.now();
      if (dueAt >= endAt) break;
      const socket = this.#running < concurrency ? this.#free.take() : undefined;
      if (socket === undefined) {
        // No socket is free, and no flow runs that would free one.
        if (this.#running === 0) return pace.count === undefined ? 0 : count - counted;
        await this.#untilFree(endAt);
        continue;
      }
      // A timer may come a little before the start.
      const isWarmUp = warmUpMs > 0 && dueAt < countsAt;
      if (!isWarmUp) counted += 1;
      this.#run(socket, { dueAt, isWarmUp });
    }
    return 0;
  }

  #run(socket: Socket, { dueAt, isWarmUp }: Beginning): void {
    this.#running += 1;
    this.#begun += 1;
    const now = performance.now();
    // One that begins a little too early is not faster for it.
    const beginning = { dueAt: Math.min(dueAt, now), isWarmUp };
    void this.#options.run(socket, beginning).then(() => {
      this.#running -= 1;
      const next = this.#due.take();
      if (next) this.#run(socket, next);
      else this.#free.add(socket);
      this.#onFree();
    });
  }

  /** Resolves when a flow has ended, when the signal is aborted, or at `until`. */
  async #untilFree(until: number): Promise<void> {
    const { signal } = this.#options;
    await new Promise<void>((resolve) => {
      const restMs = until - performance.now();
      const timer = Number.isFinite(restMs) ? setTimeout(end, Math.max(0, restMs)) : undefined;
      this.#onFree = end;
      signal.addEventListener("abort", end);
      function end() {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      }
    });
    this.#onFree = () => {};
  }
}
