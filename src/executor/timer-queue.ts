interface Entry {
  readonly id: number;
  readonly dueMs: number;
}

/** The timers of one cell, fired in due order, then in the order of their making (rule J8). */
export class TimerQueue {
  readonly #fire: (id: number) => void;
  #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Calls `fire` with the id of each timer that is due. */
  constructor(fire: (id: number) => void) {
    this.#fire = fire;
  }

  /** `dueMs` is a time of `Date.now()`, the only clock that a cell shares with its executor. */
  add(id: number, dueMs: number): void {
    const before = this.#entries.findLastIndex((entry) => entry.dueMs <= dueMs);
    this.#entries.splice(before + 1, 0, { id, dueMs });
    this.#arm();
  }

  delete(id: number): void {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#arm();
  }

  clear(): void {
    this.#entries = [];
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#entries[0];
    this.#timer = next && setTimeout(() => this.#fireDue(), Math.max(0, next.dueMs - Date.now()));
  }

  #fireDue(): void {
    const now = Date.now();
    while (this.#entries[0] && this.#entries[0].dueMs <= now) {
      const { id } = this.#entries.shift() as Entry;
      this.#fire(id);
    }
    this.#arm();
  }
}
