import type { MachineState } from "./machine.ts";
import type { Metric } from "./section.ts";
import { type Summary, summarize } from "./statistics.ts";

/** What came of one subject in one section. */
export interface Outcome {
  readonly subject: string;
  readonly section: string;
  /** By metric. */
  readonly samples: ReadonlyMap<string, readonly number[]>;
  /** Why it stopped, if it did. */
  readonly failure?: Failure;
}

export interface Failure {
  readonly message: string;
  /** It is not made for this. */
  readonly unsupported: boolean;
}

/** Everything that a run of the benchmark found. */
export interface Result {
  readonly before: MachineState;
  readonly after: MachineState;
  readonly seconds: number;
  readonly subjects: readonly { readonly name: string; readonly about: string }[];
  readonly metrics: readonly (Metric & { readonly section: string })[];
  readonly outcomes: readonly Outcome[];
  /** Subjects that could not be had at all, and why. */
  readonly missing: ReadonlyMap<string, string>;
}

/** What is known of a subject at a metric. */
export interface Entry {
  readonly summary?: Summary | undefined;
  readonly failure?: Failure | undefined;
}

export function entryOf(result: Result, subject: string, { section, name, better }: Result["metrics"][number]): Entry {
  const outcome = result.outcomes.find((one) => one.subject === subject && one.section === section);
  const summary = summarize(outcome?.samples.get(name) ?? [], better);
  return { summary, failure: outcome?.failure };
}
