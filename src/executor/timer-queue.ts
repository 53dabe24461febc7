interface Entry {
  readonly id: number;
  readonly dueMs: number;
}

/** Fires the timer with this id. The next one waits for the promise, if there is one. */
type Fire = (id: number) => Promise<void> | undefined;

/**
 * The timers of one cell, fired in due order, then in the order of their making (rule J8), and one at a time: while the
 * code is busy they wait here, where they are bounded and can be deleted, and not in the isolate's own queue.
 */
export class TimerQueue {
  readonly #fire: Fire;
  #entries: Entry[] = [];
  #isFiring = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(fire: Fire) {
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
    const next = this.#isFiring ? undefined : this.#entries[0];
    this.#timer = next && setTimeout(() => this.#fireDue(), Math.max(0, next.dueMs - Date.now()));
  }

  #fireDue(): void {
    const now = Date.now();
    while (this.#entries[0] && this.#entries[0].dueMs <= now) {
      const { id } = this.#entries.shift() as Entry;
      const fired = this.#fire(id);
      if (fired) return this.#waitFor(fired);
    }
    this.#arm();
  }

  #waitFor(fired: Promise<void>): void {
    this.#isFiring = true;
    void fired.finally(() => {
      this.#isFiring = false;
      this.#arm();
    });
  }
}
