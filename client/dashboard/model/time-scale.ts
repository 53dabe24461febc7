/** A stretch of time as it is drawn. */
export interface TimeView {
  readonly fromMs: number;
  readonly toMs: number;
}

/** No narrower, so that what is drawn stays within what numbers can say. */
const LEAST_SPAN_MS = 1;

/** Draws the same moment at the same place with a span that is `factor` times as long. */
export function zoomed({ fromMs, toMs }: TimeView, factor: number, aroundMs: number): TimeView {
  const applied = Math.max(LEAST_SPAN_MS / (toMs - fromMs), factor);
  return { fromMs: aroundMs - (aroundMs - fromMs) * applied, toMs: aroundMs + (toMs - aroundMs) * applied };
}

/** Where a moment is drawn: 0 at the left edge, 1 at the right one. */
export function fractionOf({ fromMs, toMs }: TimeView, atMs: number): number {
  return (atMs - fromMs) / (toMs - fromMs);
}

/** A mark on the time axis. */
export interface Tick {
  readonly atMs: number;
  /** Since the beginning. */
  readonly label: string;
}

/** Steps between two ticks that read well: 1, 2 or 5 times a power of ten of milliseconds, and parts of minutes and hours. */
const longSteps = [1, 2, 5, 10, 15, 30]
  .flatMap((step) => [step * 1_000, step * 60_000])
  .concat([1, 2, 6, 12, 24, 48].map((step) => step * 3_600_000));

/** Ticks at least `leastMs` apart, counted from `originMs`. */
export function ticksOf({ fromMs, toMs }: TimeView, originMs: number, leastMs: number): Tick[] {
  const step = stepOf(leastMs);
  const ticks: Tick[] = [];
  for (let at = Math.ceil((fromMs - originMs) / step) * step; at <= toMs - originMs; at += step) {
    ticks.push({ atMs: originMs + at, label: labelOf(at, step) });
  }
  return ticks;
}

function stepOf(leastMs: number): number {
  if (leastMs < 500) {
    const power = 10 ** Math.floor(Math.log10(leastMs));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= leastMs) ?? leastMs;
  }
  const sorted = longSteps.toSorted((left, right) => left - right);
  return sorted.find((step) => step >= leastMs) ?? Math.ceil(leastMs / 86_400_000) * 86_400_000;
}

/** `0`, `1.5 s`, `250 ms`, `12:30`, `1:05:00`. */
function labelOf(ms: number, stepMs: number): string {
  const sign = ms < 0 ? "−" : "";
  const value = Math.abs(ms);
  if (value < stepMs / 2) return "0";
  if (value < 1_000 && stepMs < 1_000) return `${sign}${trimmed(value, stepMs)} ms`;
  if (value < 60_000) return `${sign}${trimmed(value / 1_000, stepMs / 1_000)} s`;
  const seconds = Math.floor(value / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = stepMs < 1_000 ? `.${String(Math.round(value % 1_000)).padStart(3, "0")}` : "";
  const tail = `${twoDigits(seconds % 60)}${rest}`;
  return sign + (hours > 0 ? `${hours}:${twoDigits(minutes)}:${tail}` : `${minutes}:${tail}`);
}

/** With as many digits as the step needs. */
function trimmed(value: number, step: number): string {
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toFixed(digits);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
