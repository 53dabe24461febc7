interface CellCalls {
  /** Calls that are open. */
  open: number;
  /** When the last of them was answered. */
  answeredAt: number;
}

/**
 * How long it takes a cell to make its next call after the host has answered the one before: the way to the gateway, into
 * the isolate, and back. It shows only where a cell has one call open at a time.
 */
export class RoundTrips {
  readonly #onRoundTrip: (ms: number) => void;
  readonly #cells = new Map<string, CellCalls>();
  /** The cells of calls that are open. */
  readonly #cellOf = new Map<string, string>();

  constructor(onRoundTrip: (ms: number) => void) {
    this.#onRoundTrip = onRoundTrip;
  }

  called(callId: string, cellId: string): void {
    const calls = this.#cells.get(cellId);
    this.#cellOf.set(callId, cellId);
    if (!calls) {
      this.#cells.set(cellId, { open: 1, answeredAt: 0 });
      return;
    }
    if (calls.open === 0) this.#onRoundTrip(performance.now() - calls.answeredAt);
    calls.open += 1;
  }

  answered(callId: string): void {
    const calls = this.#cells.get(this.#cellOf.get(callId) ?? "");
    this.#cellOf.delete(callId);
    if (!calls) return;
    calls.open -= 1;
    calls.answeredAt = performance.now();
  }

  /** The cell is gone. */
  closed(cellId: string): void {
    this.#cells.delete(cellId);
  }

  /** The socket was another: what comes next says nothing about a round trip. */
  forget(): void {
    this.#cells.clear();
    this.#cellOf.clear();
  }
}
