/** A stretch of time. */
export interface Span {
  readonly fromMs: number;
  /** Absent: it goes on. */
  toMs?: number | undefined;
}

/** Beyond so many, neighbours become one: what is drawn of them is no different. */
const MOST_SPANS = 4_096;

/** Stretches of time that follow one another, of which the last may go on. */
export class Spans {
  #spans: Span[] = [];

  get list(): readonly Span[] {
    return this.#spans;
  }

  /** Whether the last goes on. */
  get isOpen(): boolean {
    const last = this.#spans.at(-1);
    return last !== undefined && last.toMs === undefined;
  }

  /** Does nothing while one goes on. */
  begin(atMs: number): void {
    if (this.isOpen) return;
    if (this.#spans.length >= MOST_SPANS) this.#joinPairs();
    this.#spans.push({ fromMs: atMs });
  }

  /** Does nothing where none goes on. */
  end(atMs: number): void {
    const last = this.#spans.at(-1);
    if (last) last.toMs ??= atMs;
  }

  #joinPairs(): void {
    this.#spans = this.#spans.flatMap((span, index, all) => {
      if (index % 2 === 1) return [];
      return [{ fromMs: span.fromMs, toMs: (all[index + 1] ?? span).toMs }];
    });
  }
}
