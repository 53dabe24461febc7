/** Takes a timer back. Harmless when it has fired. */
export type CancelTimer = () => void;

/** Calls `callback` once, after `delayMs`. Where the platform knows the difference, it does not keep the process alive. */
export function after(delayMs: number, callback: () => void): CancelTimer {
  const timer = setTimeout(callback, delayMs);
  unref(timer);
  return () => clearTimeout(timer);
}

/** A timer is a number in browsers and an object in Node. */
function unref(timer: number | { unref?: () => unknown }): void {
  if (typeof timer === "object") timer.unref?.();
}
