/** Takes a timer back. Harmless when it has fired. */
export type CancelTimer = () => void;

/** Calls `callback` once, after `delayMs`. Where the platform knows the difference, it does not keep the process alive. */
export function after(delayMs: number, callback: () => void): CancelTimer {
  const timer = setTimeout(callback, delayMs);
  unref(timer);
  return () => clearTimeout(timer);
}

/** A timer that is longer fires at once. */
const longestMs = 2 ** 31 - 1;

/** Resolves after `delayMs` (24 days at most), or when `signal` is aborted. Unlike {@link after} it keeps the process alive. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(delayMs, longestMs));
    signal.addEventListener("abort", end);
  });
}

/** A timer is a number in browsers and an object in Node. */
function unref(timer: number | { unref?: () => unknown }): void {
  if (typeof timer === "object") timer.unref?.();
}
