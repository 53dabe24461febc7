import type { Runtime } from "./runtime.ts";
import type { Better } from "./statistics.ts";

/** One number that is measured: a row of the summary. */
export interface Metric {
  /** In the JSON, and for `record`. */
  readonly name: string;
  readonly title: string;
  readonly unit: "ms" | "µs" | "/s" | "MiB" | "threads";
  readonly better: Better;
  readonly bars?: readonly Bar[];
}

/** What cellgate is held to. */
export type Bar =
  /** At most, or for rates at least, so many times the anchor's median. */
  | { readonly type: "anchor"; readonly factor: number }
  /** Better than the median of another subject. */
  | { readonly type: "peer"; readonly name: string }
  | { readonly type: "value"; readonly value: number }
  /** It works at all. */
  | { readonly type: "works" };

/** Measurements that are taken together. */
export interface Section {
  readonly name: string;
  readonly metrics: readonly Metric[];
  /** How often each subject has its turn, by turns. */
  readonly rounds: number;
  readonly quickRounds: number;
  /** How many turns of a subject come first that do not count: what JavaScript runs often is compiled meanwhile. */
  readonly warmUpTurns: number;
  /** Whether a turn takes place in a driver of its own, with nothing before it and nothing after. */
  readonly alone: boolean;
  /** Milliseconds after which a turn has failed. */
  readonly timeoutMs: number;
  /** One turn. Samples that were recorded before it failed count. */
  take(runtime: Runtime, taking: Taking): Promise<void>;
}

/** What a turn is told, and whom it tells. */
export interface Taking {
  /** Whether a rough result in a short time is wanted. */
  readonly quick: boolean;
  readonly record: (metric: string, value: number) => void;
  /** Milliseconds from the start of the subject's process to its first result. */
  readonly startTime: () => Promise<number>;
}

/** Milliseconds that it takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
