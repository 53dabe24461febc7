/** A limit is counted in so many steps. */
const STEPS = 6;

/**
 * Calls `report` if it is not taken back within `limitMs`. Only time counts in which this process itself was not held up:
 * one that comes late to its own timers comes late to the news from others, too. `isExcused` is asked for each sixth of
 * the limit, and says whether that does not count either.
 */
export function watchStuck(limitMs: number, report: () => void, isExcused = () => false): () => void {
  const stepMs = limitMs / STEPS;
  let left = STEPS;
  let dueAt = performance.now() + stepMs;
  const step = (): void => {
    const lateMs = performance.now() - dueAt;
    if (!isExcused() && lateMs < stepMs / 2) left -= 1;
    dueAt = performance.now() + stepMs;
    if (left > 0) timer = setTimeout(step, stepMs);
    // What came in while this was due is heard first.
    else immediate = setImmediate(report);
  };
  let timer = setTimeout(step, stepMs);
  let immediate: NodeJS.Immediate | undefined;
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
