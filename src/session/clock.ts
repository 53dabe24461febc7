/** Takes a timer back. Harmless when it has fired. */
export type CancelTimer = () => void;

/** Time, injected so that tests own it. */
export interface Clock {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** The time of day, in Unix milliseconds. */
  unixMs(): number;
  /** Calls `callback` once, `delayMs` from now at the earliest: soon where that is past. */
  after(delayMs: number, callback: () => void): CancelTimer;
}

/** Some 25 days; Node fires timers that are set for longer at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's monotonic clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_MS)).unref();
    return () => clearTimeout(timer);
  },
};
