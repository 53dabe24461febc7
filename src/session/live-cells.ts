import type { CellListener, CellStart, Executor, RunningCell } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import { FairQueue } from "./fair-queue.ts";

/** What is known of a cell before it has a place. */
type AcceptedCell = Omit<CellStart, "storedValues">;

/**
 * The live cells of all sessions (rule B3). As many as there are places run; the others wait in a queue that is fair
 * between sessions. A place is free again when the cell's `ended` has come.
 */
export class LiveCells {
  readonly #limits: Pick<Limits, "cells" | "queuedCells">;
  readonly #executor: Executor;
  readonly #queue = new FairQueue<() => void>();
  #places: number;

  constructor(limits: Pick<Limits, "cells" | "queuedCells">, executor: Executor) {
    this.#limits = limits;
    this.#executor = executor;
    this.#places = limits.cells;
  }

  /** Whether one more cell would find neither a place nor room in the queue. */
  get isFull(): boolean {
    return this.#places === 0 && this.#queue.length >= this.#limits.queuedCells;
  }

  /**
   * Hands the cell to the executor, now or when it gets a place; `storedValues` is asked for its snapshot then (rule V1).
   * The rest is as with an {@link Executor}, but that `terminate` of a cell that waits ends it before it returns.
   */
  start(cell: AcceptedCell, storedValues: () => CellStart["storedValues"], listener: CellListener): RunningCell {
    let running: RunningCell | undefined;
    const run = (): void => {
      running = this.#executor.start({ ...cell, storedValues: storedValues() }, (events) => {
        listener(events);
        // Only now: the next cell is to see what this one stored.
        if (events.at(-1)?.type === "ended") this.#release();
      });
    };
    if (this.#places === 0) this.#queue.add(cell.sessionId, run);
    else {
      this.#places -= 1;
      run();
    }
    return {
      answer: (call, answer) => running?.answer(call, answer),
      terminate: () => {
        const isWaiting = this.#queue.remove(cell.sessionId, run);
        if (isWaiting) listener([{ type: "ended", end: { how: "terminated" } }]);
        else running?.terminate();
      },
    };
  }

  /** The place goes to the next cell that waits. */
  #release(): void {
    const run = this.#queue.next();
    if (run) run();
    else this.#places += 1;
  }
}
