/**
 * The second of a load that begins when another is over, `elapsedMs` after the start: a timer may come a little before its
 * time, and a thread that was busy far behind it. `isWarmUp`: it begins before anything counts.
 */
export function nextSecond(
  second: number,
  elapsedMs: number,
  warmUpMs: number,
): { readonly second: number; readonly isWarmUp: boolean } {
  const next = Math.max(second + 1, Math.floor(elapsedMs / 1_000));
  return { second: next, isWarmUp: next * 1_000 < warmUpMs };
}
