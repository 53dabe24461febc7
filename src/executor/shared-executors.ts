import type { ExecutorProcess } from "./process.ts";

/** So many more cells than the idlest process may that of the session have and still get its next one. */
const LOAD_SLACK = 1;
const REMEMBERED_SESSIONS = 4_096;

/** The processes that run the cells of all sessions side by side. */
export class SharedExecutors {
  readonly #processes = new Set<ExecutorProcess>();
  /** Where each session's last cell ran, for the latest sessions: isolates that served it wait there. */
  readonly #lastProcesses = new Map<string, ExecutorProcess>();

  get size(): number {
    return this.#processes.size;
  }

  get areReady(): boolean {
    return Array.from(this.#processes).every(({ isReady }) => isReady);
  }

  has(process: ExecutorProcess): boolean {
    return this.#processes.has(process);
  }

  add(process: ExecutorProcess): void {
    this.#processes.add(process);
  }

  delete(process: ExecutorProcess): boolean {
    // A process that is gone would stay in memory with its pipes for as long as a session is remembered.
    for (const [sessionId, last] of this.#lastProcesses) if (last === process) this.#lastProcesses.delete(sessionId);
    return this.#processes.delete(process);
  }

  /** The process of the session's last cell, or, if that has more to do than others, the idlest. */
  choose(sessionId: string): ExecutorProcess | undefined {
    let best: ExecutorProcess | undefined;
    for (const process of this.#processes) if (!best || process.load < best.load) best = process;
    if (!best) return undefined;
    const last = this.#lastProcesses.get(sessionId);
    if (last && last.load <= best.load + LOAD_SLACK) best = last;
    this.#remember(sessionId, best);
    return best;
  }

  #remember(sessionId: string, process: ExecutorProcess): void {
    this.#lastProcesses.delete(sessionId);
    this.#lastProcesses.set(sessionId, process);
    const [oldest] = this.#lastProcesses.keys();
    if (this.#lastProcesses.size > REMEMBERED_SESSIONS && oldest !== undefined) this.#lastProcesses.delete(oldest);
  }
}
