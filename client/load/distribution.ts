import type { Random } from "./random.ts";

/** A number that may be another each time: of milliseconds, of bytes, of times. */
export type Distribution =
  /** Always the same. */
  | number
  /** Any from the first to the second, each as likely as another. */
  | { readonly uniform: readonly [number, number] }
  /** Many small and few large ones, as the pauses between independent events are. At most `max`; default: 10 times `mean`. */
  | { readonly exponential: { readonly mean: number; readonly max?: number | undefined } }
  /** As the answers of services are: half of them below `median`, one in a hundred above `p99`. */
  | { readonly lognormal: { readonly median: number; readonly p99: number } };

/** Draws a number. */
export function draw(distribution: Distribution, random: Random): number {
  if (typeof distribution === "number") return distribution;
  if ("uniform" in distribution) {
    const [least, most] = distribution.uniform;
    return least + random.next() * (most - least);
  }
  if ("exponential" in distribution) {
    const { mean, max = 10 * mean } = distribution.exponential;
    return Math.min(max, -mean * Math.log(1 - random.next()));
  }
  const { median, p99 } = distribution.lognormal;
  return median * (p99 / median) ** (normal(random) / NORMAL_P99);
}

/** Of the standard normal distribution: 99 in 100 lie below. */
const NORMAL_P99 = 2.326348;

/** Of the standard normal distribution, by the method of Box and Muller. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}
