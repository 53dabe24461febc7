import type { CellFigures } from "../executor/executor.ts";
import type { CellUsage } from "../protocol/values.ts";
import type { Clock } from "./clock.ts";

/** What a cell uses: what its executor tells of it, and what the gateway counts itself (rules B2, B5). */
export class Usage {
  readonly #clock: Clock;
  #figures: Partial<CellFigures> = {};
  #startedAt: number | undefined;
  #toolCalls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The executor's figures, as far as it has told any. */
  get figures(): Partial<CellFigures> {
    return this.#figures;
  }

  /** The cell runs, since so many milliseconds ago. */
  started(agoMs: number): void {
    this.#startedAt = this.#clock.now() - agoMs;
  }

  /** The cell called a tool. */
  called(): void {
    this.#toolCalls += 1;
  }

  measured({ cpuMs, heapBytes }: CellFigures): void {
    this.#figures = { cpuMs, heapBytes };
  }

  /** The sum at the cell's end, which is now. Undefined: it never ran. */
  total(): CellUsage | undefined {
    if (this.#startedAt === undefined) return undefined;
    const { cpuMs = 0, heapBytes } = this.#figures;
    const wallMs = Math.round(this.#clock.now() - this.#startedAt);
    return { wallMs, cpuMs, heapBytes, toolCalls: this.#toolCalls };
  }
}
