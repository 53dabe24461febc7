import { type ReadonlySignal, signal } from "@preact/signals";

/** Between two drawings of what changes all the time: often enough for the eye, and seldom enough for the machine. */
const REFRESH_MS = 100;

/**
 * Tells views that what they show has changed, at most ten times a second however often it does. Views read `version`,
 * and then what they show.
 */
export class Refresh {
  readonly #version = signal(0);
  #isPending = false;

  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  changed(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    setTimeout(() => {
      this.#isPending = false;
      this.#version.value += 1;
    }, REFRESH_MS);
  }
}
