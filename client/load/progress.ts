import { durationText, significant } from "./duration.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { TimelineSecond } from "./result.ts";

/** Where progress goes: a terminal has its last line written over, anything else gets a line now and then. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Seconds between two lines of what is no terminal. */
const SPARSE = 10;

/** How far a load is, as it goes on. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #plan: LoadPlan;
  #isLineOpen = false;
  #lastSecond = -1;

  constructor(output: ProgressOutput, plan: LoadPlan) {
    this.#output = output;
    this.#plan = plan;
  }

  /** Says something that stays. */
  say(text: string): void {
    this.end();
    this.#output.write(`${text}\n`);
  }

  second(second: TimelineSecond, errors: number): void {
    const line = this.#line(second, errors);
    if (this.#output.isTTY) {
      const { columns = 80 } = this.#output;
      this.#output.write(`\r\u001B[2K${line.slice(0, columns - 1)}`);
      this.#isLineOpen = true;
    } else if (second.second > this.#lastSecond && second.second % SPARSE === 0) this.#output.write(`${line}\n`);
    this.#lastSecond = second.second;
  }

  /** What is written over stays as it stands. */
  end(): void {
    if (this.#isLineOpen) this.#output.write("\n");
    this.#isLineOpen = false;
  }

  #line(second: TimelineSecond, errors: number): string {
    const { warmUpMs, durationMs, count } = this.#plan;
    const lastSecond = (warmUpMs + durationMs) / 1_000;
    const at = count === undefined ? `${second.second + 1} of ${lastSecond.toFixed(0)} s` : `${second.second + 1} s`;
    const { execute, ...others } = second.metrics;
    const times = execute ?? Object.values(others)[0];
    const parts = [
      second.isWarmUp ? `${at}, warm-up` : at,
      `${second.connected} sockets`,
      times && `${significant(times.count)}/s`,
      times && `p50 ${durationText(times.p50)}`,
      times && `p99 ${durationText(times.p99)}`,
      `${second.running} running`,
      second.waiting > 0 && `${second.waiting} waiting`,
      errors > 0 && `${errors} errors`,
      second.gateway?.rssBytes !== undefined && `gateway ${(second.gateway.rssBytes / 2 ** 20).toFixed(0)} MiB`,
    ];
    return parts.filter((part) => typeof part === "string").join(" · ");
  }
}
