import { readCpuMs } from "./starvation.ts";

/** How often the CPU time of cells is charged, while any of them runs: a cell goes past its limit by no more than that. */
const SAMPLE_MS = 250;

/** A cell, seen from the {@link CpuMeter}. */
export interface MeteredCell {
  /** Milliseconds for which its isolate has run code, ever: by the wall clock, for isolated-vm knows no other. */
  readonly ranMs: number;
  /** It used so much CPU time more. False: none of its code is under way now, so that no sample need look at it. */
  charge(cpuMs: number): boolean;
}

/**
 * Estimates what each cell of a process uses of the CPU (rule B2). What the isolates ran by the wall clock is scaled by
 * what the process had of the CPU meanwhile: of eight endless loops on two cores each is charged a quarter of the time.
 * Cells that wait are not looked at; without one that runs there is no timer.
 */
export class CpuMeter {
  readonly #processCpuMs: () => number;
  /** Cells that have run code since the last sample, with what they had run by then. */
  readonly #running = new Map<MeteredCell, number>();
  #timer: NodeJS.Timeout | undefined;
  #scale = 1;
  /** What the process had used at the last sample. */
  #sampledCpuMs = 0;
  /** What cells ran since the last sample that ended before the next. */
  #endedRanMs = 0;

  /** `processCpuMs` tells the CPU time of this process, all threads together. */
  constructor(processCpuMs: () => number = readCpuMs) {
    this.#processCpuMs = processCpuMs;
  }

  /** Code of the cell begins to run. What its isolate ran before is not charged. */
  enter(cell: MeteredCell): void {
    if (this.#running.has(cell)) return;
    if (!this.#timer) this.#begin();
    this.#running.set(cell, cell.ranMs);
  }

  /** The cell is over. Returns the CPU time that was not charged yet, by the scale of the last sample. */
  leave(cell: MeteredCell): number {
    const before = this.#running.get(cell);
    if (before === undefined) return 0;
    const ranMs = cell.ranMs - before;
    this.#endedRanMs += ranMs;
    const cpuMs = ranMs * this.#scale;
    this.#running.delete(cell);
    this.#restIfIdle();
    return cpuMs;
  }

  #begin(): void {
    this.#scale = 1;
    this.#sampledCpuMs = this.#processCpuMs();
    this.#endedRanMs = 0;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  #sample(): void {
    const cpuMs = this.#processCpuMs();
    const samples = Array.from(this.#running, ([cell, before]) => ({ cell, before, ranMs: cell.ranMs }));
    const allRanMs = samples.reduce((sum, { before, ranMs }) => sum + ranMs - before, this.#endedRanMs);
    this.#scale = allRanMs > 0 ? Math.min(1, (cpuMs - this.#sampledCpuMs) / allRanMs) : 1;
    this.#sampledCpuMs = cpuMs;
    this.#endedRanMs = 0;
    for (const { cell, before, ranMs } of samples) {
      this.#running.set(cell, ranMs);
      // A cell that this ends has left by itself.
      if (!cell.charge((ranMs - before) * this.#scale)) this.#running.delete(cell);
    }
    this.#restIfIdle();
  }

  #restIfIdle(): void {
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
