import { watchStuck } from "./stuck-watch.ts";

/** A process that runs cells is asked after so long a silence, one that runs none after a longer one. */
const SILENT_MS = 1_000;
const IDLE_SILENT_MS = 30_000;

/** So much longer may it then say nothing. It answers between two slices of work, which take some 10 ms. */
const DEAF_MS = 3_000;

/** An answer takes less, but where the process stands still or is being written to disk after its death. */
const PROMPT_MS = 500;

/** What a {@link Pulse} does to its process. */
interface PulseListener {
  /** It is to say something. */
  ask(): void;
  /** It was asked and has said nothing since, though it had the time to, and this process the time to hear it. */
  deaf(): void;
  /** Whether it could not have said anything since this was asked last. */
  isExcused(): boolean;
}

/**
 * Tells a process that is deaf from one that has nothing to say. Whatever it says counts, so that one which is at work
 * is never asked; and the question is for the process, so that thousands of cells that wait in it cost nothing.
 */
export class Pulse {
  readonly #listener: PulseListener;
  #heardAt = performance.now();
  #askedAt: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(listener: PulseListener) {
    this.#listener = listener;
  }

  /** It said something. */
  heard(): void {
    this.#heardAt = performance.now();
    this.stop();
  }

  /** Asks, if it has been silent for long. To be called every now and then. */
  check(isBusy: boolean): void {
    if (performance.now() - this.#heardAt >= (isBusy ? SILENT_MS : IDLE_SILENT_MS)) this.ask();
  }

  /** Asks now, unless an answer is awaited already. */
  ask(): void {
    if (this.#cancel) return;
    this.#askedAt = performance.now();
    this.#cancel = watchStuck(
      DEAF_MS,
      () => this.#listener.deaf(),
      () => this.#listener.isExcused(),
    );
    this.#listener.ask();
  }

  /** When it was last well: now, or, where an answer is overdue, when it was heard last. */
  get wellAt(): number {
    return this.isOverdue ? this.#heardAt : performance.now();
  }

  get isOverdue(): boolean {
    return this.#askedAt !== undefined && performance.now() - this.#askedAt > PROMPT_MS;
  }

  /** Awaits nothing any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#askedAt = undefined;
  }
}
