/** How long an isolate may go on after it was told to stop. Loops stop within 5 ms; what takes longer never does. */
const STUCK_MS = 300;
const TICKS = 6;
const TICK_MS = STUCK_MS / TICKS;

/**
 * Calls `report` if it is not taken back in time. Only time counts in which this process itself was not held up: one
 * that comes late to its own timers comes late to the news that an isolate has stopped, too.
 */
export function watchStuck(report: () => void): () => void {
  let left = TICKS;
  let dueAt = performance.now() + TICK_MS;
  const tick = (): void => {
    const lateMs = performance.now() - dueAt;
    if (lateMs < TICK_MS / 2) left -= 1;
    dueAt = performance.now() + TICK_MS;
    if (left > 0) timer = setTimeout(tick, TICK_MS);
    // What came in while this was due is heard first.
    else immediate = setImmediate(report);
  };
  let timer = setTimeout(tick, TICK_MS);
  let immediate: NodeJS.Immediate | undefined;
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
