/** Where values stand along an axis, and which of them are named there. */
export interface Scale {
  /** From 0, at the axis' beginning, to 1. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** Even distances for even differences, from 0 or `min` on. */
export function linearScale(min: number, max: number, mostTicks = 6): Scale {
  const step = niceStep((max - min || 1) / mostTicks);
  const first = Math.floor(min / step) * step;
  const last = Math.max(first + step, Math.ceil(max / step - 1e-9) * step);
  const count = Math.round((last - first) / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => first + index * step);
  return { at: (value) => (value - first) / (last - first), ticks };
}

/** The same from `min` to `max` and no further: for time, where a plot that ends early looks like a load that did. */
export function exactScale(min: number, max: number, mostTicks = 8): Scale {
  const step = niceStep((max - min || 1) / mostTicks);
  const ticks: number[] = [];
  for (let tick = Math.ceil(min / step) * step; tick <= max + 1e-9; tick += step) ticks.push(tick);
  return { at: (value) => (value - min) / (max - min || 1), ticks };
}

/** Even distances for even ratios. `min` is above 0. */
export function logScale(min: number, max: number): Scale {
  const first = Math.floor(Math.log10(min) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(max) - 1e-9));
  // With few decades there is room for what is between them.
  const within = last - first <= 2 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const ticks = decades.flatMap((decade) => within.map((factor) => decade * factor));
  const at = (value: number) => (Math.log10(Math.max(value, 10 ** first)) - first) / (last - first);
  return { at, ticks: ticks.filter((tick) => tick <= 10 ** last * 1.000_001) };
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * decade >= rough * 0.999_999) ?? 10;
  return factor * decade;
}
