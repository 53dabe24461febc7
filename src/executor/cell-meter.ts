import type { CpuMeter, MeteredCell } from "./cpu-meter.ts";
import type { CellFigures } from "./executor.ts";
import { NOTICEABLE_CPU_MS } from "./messages.ts";
import type { PreparedIsolate } from "./prepared-isolate.ts";

/** As {@link NOTICEABLE_CPU_MS}, of the heap. */
const NOTICEABLE_HEAP_BYTES = 512 * 1024;

/** What a {@link CellMeter} asks and tells. */
export interface CellMeterUser {
  /** Whether none of the cell's code is under way. */
  isResting(): boolean;
  /** The isolate is busy with a measurement until the promise is settled; it may reject like any slice of code. */
  measuring(slice: Promise<void>): void;
  /** The figures changed noticeably. */
  measured(figures: CellFigures): void;
  /** The cell has used more CPU time than it may (rule B2). */
  exhausted(): void;
}

/** What one cell uses: CPU time, by the process's {@link CpuMeter}, and heap, which is measured after each sample. */
export class CellMeter implements MeteredCell {
  readonly #prepared: PreparedIsolate;
  readonly #cpu: CpuMeter;
  readonly #maxCpuMs: number;
  readonly #user: CellMeterUser;
  #ranMs = 0;
  #cpuMs = 0;
  #heapBytes: number | undefined;
  #isMeasuring = false;
  #told: CellFigures | undefined;

  constructor(prepared: PreparedIsolate, cpu: CpuMeter, maxCpuMs: number, user: CellMeterUser) {
    this.#prepared = prepared;
    this.#cpu = cpu;
    this.#maxCpuMs = maxCpuMs;
    this.#user = user;
  }

  /** As last measured. */
  get figures(): CellFigures {
    return { cpuMs: Math.round(this.#cpuMs), heapBytes: this.#heapBytes };
  }

  get ranMs(): number {
    // An isolate that is gone had run what it had run when it was last looked at.
    this.#ranMs = this.#prepared.ranMs ?? this.#ranMs;
    return this.#ranMs;
  }

  /** Code of the cell begins to run. */
  enter(): void {
    this.#cpu.enter(this);
  }

  charge(cpuMs: number): boolean {
    this.#cpuMs += cpuMs;
    if (this.#cpuMs > this.#maxCpuMs) {
      this.#user.exhausted();
      return false;
    }
    const isResting = this.#user.isResting();
    // While code runs the measurement waits for its pause: a second one would only wait behind it.
    if (!this.#isMeasuring) this.#user.measuring(this.#measureHeap());
    this.#tell();
    return !isResting;
  }

  /** The cell is over, or about to be stopped: charges what was not, while its isolate can still tell. */
  settle(): void {
    this.#cpuMs += this.#cpu.leave(this);
  }

  async #measureHeap(): Promise<void> {
    this.#isMeasuring = true;
    try {
      this.#heapBytes = await this.#prepared.measureHeap();
      this.#tell();
    } finally {
      this.#isMeasuring = false;
    }
  }

  #tell(): void {
    const { cpuMs, heapBytes = 0 } = this.figures;
    const { cpuMs: toldCpuMs, heapBytes: toldHeapBytes = 0 } = this.#told ?? { cpuMs: 0 };
    const isNews =
      cpuMs - toldCpuMs >= NOTICEABLE_CPU_MS || Math.abs(heapBytes - toldHeapBytes) >= NOTICEABLE_HEAP_BYTES;
    if (!isNews) return;
    this.#told = this.figures;
    this.#user.measured(this.#told);
  }
}
