import type { CallAnswer, CellListener, CellStart, RunningCell } from "./executor.ts";

/** What starts cells: a process. */
export interface CellStarter {
  start(cell: CellStart, listener: CellListener): RunningCell;
}

/** A cell that waits for a process. Its listener has heard nothing yet. */
export class WaitingCell implements RunningCell {
  readonly #cell: CellStart;
  readonly #listener: CellListener;
  readonly #taken: (cell: WaitingCell) => void;
  #running: RunningCell | undefined;
  #isOver = false;

  /** `taken` hears that it was terminated and waits no longer. */
  constructor(cell: CellStart, listener: CellListener, taken: (cell: WaitingCell) => void) {
    this.#cell = cell;
    this.#listener = listener;
    this.#taken = taken;
  }

  get sessionId(): string {
    return this.#cell.sessionId;
  }

  startIn(process: CellStarter): void {
    this.#running = process.start(this.#cell, this.#listener);
  }

  answer(call: number, answer: CallAnswer): void {
    this.#running?.answer(call, answer);
  }

  terminate(): void {
    if (this.#running) return this.#running.terminate();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#taken(this);
    setImmediate(() => this.#listener([{ type: "ended", end: { how: "terminated" } }]));
  }

  /** There will be no process. */
  lose(): void {
    this.#isOver = true;
    loseCell(this.#listener);
  }
}

/** No process could be started: the cell ends like one whose process died. */
export function loseCell(listener: CellListener): void {
  const error = { code: "executor_lost", message: "exec runtime could not be started" } as const;
  setImmediate(() => listener([{ type: "ended", end: { how: "failed", error } }]));
}
