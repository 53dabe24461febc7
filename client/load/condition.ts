import { parseDuration } from "./duration.ts";
import { lostOf } from "./ledger.ts";
import type { CheckResult, GatewaySecond, LoadResult, MetricResult } from "./result.ts";

/** When a load has failed: `execute.p99>50ms`. */
export interface Condition {
  readonly text: string;
  readonly subject: string;
  readonly operator: Operator;
  /** Times are in milliseconds, sizes in bytes. */
  readonly bound: number;
}

const operators = {
  ">": (value: number, bound: number) => value > bound,
  ">=": (value: number, bound: number) => value >= bound,
  "<": (value: number, bound: number) => value < bound,
  "<=": (value: number, bound: number) => value <= bound,
} as const;

type Operator = keyof typeof operators;

/** What can be said of a metric, behind its name and a dot. */
const statistics: { readonly [name: string]: (metric: MetricResult) => number } = {
  count: ({ count }) => count,
  rate: ({ perSecond }) => perSecond,
  mean: ({ mean }) => mean,
  min: ({ min }) => min,
  p50: ({ p50 }) => p50,
  p75: ({ p75 }) => p75,
  p90: ({ p90 }) => p90,
  p95: ({ p95 }) => p95,
  p99: ({ p99 }) => p99,
  "p99.9": ({ p999 }) => p999,
  max: ({ max }) => max,
};

/** What else can be said. */
const subjects: { readonly [name: string]: (result: Subject) => number | undefined } = {
  errors: ({ errors }) => errors.reduce((sum, { count }) => sum + count, 0),
  lost: ({ ledger }) => lostOf(ledger),
  notBegun: ({ flows }) => flows.notBegun,
  "gateway.rss": (result) => Math.max(...gatewayNumbers(result, "rssBytes")),
  "gateway.cpu": (result) => mean(gatewayNumbers(result, "cpu")),
};

type Subject = Pick<LoadResult, "errors" | "ledger" | "flows" | "metrics" | "timeline">;

const sizes: { readonly [unit: string]: number } = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** Reads a condition. Undefined where it is none. */
export function parseCondition(text: string): Condition | undefined {
  const [, subject, operator, number, unit = ""] =
    /^(.+?) *([<>]=?) *(\d+(?:\.\d+)?)([a-zA-Zµ]*)$/.exec(text.trim()) ?? [];
  if (subject === undefined || number === undefined) return undefined;
  if (!isKnown(subject)) return undefined;
  const bound = unit === "" ? Number(number) : boundOf(number, unit);
  return bound === undefined ? undefined : { text, subject, operator: operator as Operator, bound };
}

/** Whether the load has failed by this condition. Where there is no such number, it has. */
export function checkCondition(condition: Condition, result: Subject): CheckResult {
  const { text, subject, operator, bound } = condition;
  const value = valueOf(subject, result);
  return { condition: text, value, failed: value === undefined || operators[operator](value, bound) };
}

/** What conditions may be about, for a message. */
export const conditionSubjects = `METRIC.${Object.keys(statistics).join("|")}, ${Object.keys(subjects).join(", ")}`;

function isKnown(subject: string): boolean {
  return Object.hasOwn(subjects, subject) || splitMetric(subject) !== undefined;
}

/** `execute.p99.9` is about the metric `execute`; the name of a metric may have dots too. */
function splitMetric(subject: string): { metric: string; statistic: string } | undefined {
  const statistic = Object.keys(statistics)
    .filter((name) => subject.endsWith(`.${name}`))
    .toSorted((a, b) => b.length - a.length)[0];
  return statistic === undefined ? undefined : { metric: subject.slice(0, -statistic.length - 1), statistic };
}

function valueOf(subject: string, result: Subject): number | undefined {
  const special = Object.hasOwn(subjects, subject) ? subjects[subject] : undefined;
  if (special) {
    const value = special(result);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  }
  const { metric: name, statistic } = splitMetric(subject) ?? { metric: "", statistic: "" };
  const metric = result.metrics.find((candidate) => candidate.name === name);
  return metric && statistics[statistic]?.(metric);
}

function boundOf(number: string, unit: string): number | undefined {
  if (unit === "us" || unit === "µs") return Number(number) / 1_000;
  const size = Object.hasOwn(sizes, unit) ? sizes[unit] : undefined;
  return size === undefined ? parseDuration(number + unit) : Number(number) * size;
}

function gatewayNumbers({ timeline }: Subject, name: keyof GatewaySecond): number[] {
  const seconds = timeline.filter(({ isWarmUp }) => !isWarmUp);
  return seconds.map(({ gateway }) => gateway?.[name]).filter((value) => value !== undefined);
}

function mean(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
