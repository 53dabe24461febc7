import { readFileSync } from "node:fs";

/** Of the clock in which Linux tells the time that a thread had. */
const TICKS_PER_MS = 0.1;

/** The thread of an executor process that obeys commands, as the system shows it. */
export class MainThread {
  readonly #pid: number;
  #lookedAt = performance.now();
  #ticks = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Whether it wants to run and had a core for less than half of the time since this was asked last: a hundred endless
   * loops leave it some milliseconds a second, which does not make it deaf. False where there is no `/proc`.
   */
  isStarved(): boolean {
    const now = performance.now();
    const { state, ticks } = this.#read();
    const hadMs = (ticks - this.#ticks) / TICKS_PER_MS;
    const elapsedMs = now - this.#lookedAt;
    this.#lookedAt = now;
    this.#ticks = ticks;
    return state === "R" && hadMs < elapsedMs / 2;
  }

  #read(): { state: string | undefined; ticks: number } {
    try {
      const stat = readFileSync(`/proc/${this.#pid}/task/${this.#pid}/stat`, "latin1");
      // Behind the name, which may have anything in it: the state, and as the 12th and 13th the time that it had.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { state: fields[0], ticks: Number(fields[11]) + Number(fields[12]) };
    } catch {
      return { state: undefined, ticks: 0 };
    }
  }
}
