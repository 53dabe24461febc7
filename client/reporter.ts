/** Calls the user's functions, and keeps what they throw, or reject with, away from everything else: it is reported. */
export class Reporter {
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** Calls `callback` now. */
  run(callback: () => unknown): void {
    void new Promise((resolve) => {
      resolve(callback());
    }).catch(this.report);
  }

  readonly report = (error: unknown): void => {
    try {
      this.#onError(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}
