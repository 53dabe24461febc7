import { formatBytes, formatCount, formatDuration } from "../model/format.ts";
import type { MetricsHistory, Series } from "../model/metrics-history.ts";

/** One plot of the metrics. */
export interface Panel {
  readonly title: string;
  readonly series: (history: MetricsHistory) => Series[];
  readonly format: (value: number) => string;
  /** As that of a plot. */
  readonly steps?: number[] | undefined;
}

/** Bytes are counted by powers of two. */
const binarySteps = Array.from({ length: 48 }, (_, power) => 2 ** power);

const quantiles = [0.5, 0.99];

const perSecond = (value: number): string => (value >= 10 ? formatCount(value) : value.toFixed(1));

/** What is plotted, in the order in which it is looked at when something is slow. */
export const panels: readonly Panel[] = [
  {
    title: "Cells a second, by how they ended",
    series: (history) => history.rates(({ endings }) => endings),
    format: perSecond,
  },
  {
    title: "From execute to the end of the cell",
    series: (history) => history.quantiles(({ execute }) => execute, quantiles),
    format: formatDuration,
  },
  {
    title: "Tool calls",
    series: (history) => history.quantiles(({ toolCall }) => toolCall, quantiles),
    format: formatDuration,
  },
  {
    title: "Live cells",
    series: (history) => [
      history.values("live", ({ cellsLive }) => cellsLive),
      history.values("queued", ({ cellsQueued }) => cellsQueued),
    ],
    format: formatCount,
  },
  {
    title: "Wait in the queue",
    series: (history) => history.quantiles(({ queue }) => queue, quantiles),
    format: formatDuration,
  },
  {
    title: "Connections and sessions",
    series: (history) => [
      history.values("connections", ({ connections }) => connections),
      history.values("sessions", ({ sessions }) => sessions),
      history.values("observers", ({ observers }) => observers),
    ],
    format: formatCount,
  },
  {
    title: "Lag of the event loop",
    series: (history) => [
      history.values("median", ({ loopLagMs }) => loopLagMs.median),
      history.values("p99", ({ loopLagMs }) => loopLagMs.p99),
      history.values("max", ({ loopLagMs }) => loopLagMs.max),
    ],
    format: formatDuration,
  },
  {
    title: "Bytes a second",
    series: (history) => [
      history.rate("received", ({ receivedBytes }) => receivedBytes),
      history.rate("sent", ({ sentBytes }) => sentBytes),
    ],
    format: formatBytes,
    steps: binarySteps,
  },
  {
    title: "Memory of the gateway and its executors",
    series: (history) => [
      history.values("gateway", ({ rssBytes }) => rssBytes),
      history.values("executors", ({ executors }) => executors.reduce((sum, { rssBytes }) => sum + rssBytes, 0)),
    ],
    format: formatBytes,
    steps: binarySteps,
  },
  {
    title: "Memory of each executor, by process id",
    series: (history) => {
      return history.each(({ executors }) => Object.fromEntries(executors.map(({ pid, rssBytes }) => [pid, rssBytes])));
    },
    format: formatBytes,
    steps: binarySteps,
  },
  {
    title: "Executors that ended so far, by why",
    series: (history) => history.each(({ restarts }) => happened(restarts)),
    format: formatCount,
  },
];

/** Totals without those that nothing was added to. */
function happened(totals: { readonly [name: string]: number }): { readonly [name: string]: number } {
  return Object.fromEntries(Object.entries(totals).filter(([, total]) => total > 0));
}

const known: { readonly [label: string]: string } = {
  ok: "--good",
  terminated: "--queued",
  live: "--running",
  queued: "--waiting",
  p50: "--running",
  p99: "--waiting",
  max: "--bad",
};

const others = ["--running", "--waiting", "--yielded", "--bad", "--good", "--queued"];

/** The colours of lines: those that are often seen keep theirs. */
export function coloursOf(series: readonly Series[]): string[] {
  const taken = new Set(series.flatMap(({ label }) => known[label] ?? []));
  const free = others.filter((colour) => !taken.has(colour));
  let next = 0;
  return series.map(({ label }) => known[label] ?? free[next++ % free.length] ?? "--text");
}
