import { durationText, significant } from "../duration.ts";
import { percentileText } from "../metric-text.ts";
import type { GatewaySecond, LoadResult, MetricResult, TimelineSecond } from "../result.ts";
import { TimeHistogram } from "../time-histogram.ts";
import { type Axis, legendRoom, type Plot, type Series } from "./plot.ts";
import { exactScale, linearScale, logScale } from "./scale.ts";
import { colourCount } from "./theme.ts";

/** What the eye can follow in one plot. */
const MOST_SERIES = 6;

/** The plots of a load, those that there is something to see in. */
export function loadPlots(result: LoadResult): Plot[] {
  const { timeline } = result;
  if (timeline.length === 0) return [];
  const plots = [
    latencyPlot(result),
    percentilePlot(result),
    throughputPlot(result),
    errorPlot(result),
    gatewayPlot(result, "CPU of the gateway", "cores", "cpu", "executorCpu", (cores) => cores),
    gatewayPlot(result, "Memory of the gateway", "MiB", "rssBytes", "executorRssBytes", (bytes) => bytes / 2 ** 20),
    trafficPlot(result),
    socketPlot(result),
    strainPlot(result),
  ];
  return plots.filter((plot) => plot !== undefined);
}

/** The metric that a load is about: that of `execute`, if it has any. */
export function mainMetric({ metrics }: Pick<LoadResult, "metrics">): MetricResult | undefined {
  return metrics.find(({ name }) => name === "execute") ?? metrics[0];
}

function latencyPlot(result: LoadResult): Plot | undefined {
  const main = mainMetric(result);
  if (!main) return undefined;
  const of = (pick: "p50" | "p99" | "max") => (second: TimelineSecond) =>
    second.metrics[main.name]?.[pick] ?? Number.NaN;
  const series = [
    timeSeries(result, "median", 0, of("p50")),
    timeSeries(result, "p99", 1, of("p99")),
    timeSeries(result, "longest", 5, of("max")),
  ];
  return {
    ...overTime(result),
    title: `Time of ${main.name}`,
    unit: "logarithmic",
    description: `median ${percentileText(main, "p50")}, 99th percentile ${percentileText(main, "p99")}`,
    series,
    y: timeAxis(series),
    valueText: durationText,
  };
}

/** From half of all to the last one in ten thousand: each nine takes as much room as the one before. */
function percentilePlot({ metrics }: LoadResult): Plot | undefined {
  const many = metrics.filter(({ count, name }) => count >= 10 && name !== "connect").slice(0, MOST_SERIES);
  const shown = many.slice(0, legendRoom(many.map(({ name }) => name)));
  if (shown.length === 0) return undefined;
  const nines = Math.max(2, ...shown.map(({ count }) => Math.min(4, Math.log10(count))));
  const series = shown.map(({ name, count, histogram }, index): Series => {
    const times = TimeHistogram.decode(histogram);
    const last = Math.min(nines, Math.log10(count));
    const places = Array.from({ length: Math.floor((last - HALF) / 0.05) + 1 }, (_, step) => HALF + step * 0.05);
    return { name, colour: index % colourCount, points: places.map((at) => [at, times.percentileMs(percentAt(at))]) };
  });
  const ticks = [HALF, 1, 2, 3, 4].filter((tick) => tick <= nines);
  return {
    title: "How many took how long",
    unit: "logarithmic",
    description: "time by percentile, for each step and flow, from the half of all that took no longer",
    series,
    x: {
      scale: { at: (value) => (value - HALF) / (nines - HALF), ticks },
      textOf: (at) => `${Math.round(percentAt(at) * 100) / 100} %`,
    },
    y: timeAxis(series),
    valueText: durationText,
  };
}

/** The place of 50 %, counted in nines. */
const HALF = Math.log10(2);

const percentAt = (nines: number): number => 100 * (1 - 10 ** -nines);

function throughputPlot(result: LoadResult): Plot | undefined {
  const main = mainMetric(result);
  if (!main) return undefined;
  const series = [timeSeries(result, main.name, 0, (second) => second.metrics[main.name]?.count ?? 0)];
  return {
    ...overTime(result),
    title: "Throughput",
    unit: "a second",
    description: `${significant(main.perSecond)} a second`,
    series,
    y: amountAxis(series),
    valueText: significant,
  };
}

function errorPlot(result: LoadResult): Plot | undefined {
  const kinds = result.errors.slice(0, MOST_SERIES).map(({ what }) => what);
  if (kinds.length === 0) return undefined;
  const series = kinds.map((what, index): Series => {
    const colour = [4, 1, 3, 2, 0, 5][index] ?? 5;
    return { ...timeSeries(result, what, colour, ({ errors }) => errors[what] ?? 0), form: "bars" };
  });
  const highest = Math.max(
    ...result.timeline.map(({ errors }) => kinds.reduce((sum, kind) => sum + (errors[kind] ?? 0), 0)),
  );
  return {
    ...overTime(result),
    title: "Errors",
    unit: "a second",
    description: result.errors.map(({ what, count }) => `${what}: ${count}`).join(", "),
    series,
    y: { scale: linearScale(0, Math.max(1, highest), 5), textOf: amountText },
    valueText: significant,
  };
}

function gatewayPlot(
  result: LoadResult,
  title: string,
  unit: string,
  own: keyof GatewaySecond,
  executors: keyof GatewaySecond,
  inUnit: (value: number) => number,
): Plot | undefined {
  const of =
    (name: keyof GatewaySecond) =>
    ({ gateway }: TimelineSecond) => {
      const value = gateway?.[name];
      return value === undefined ? Number.NaN : inUnit(value);
    };
  const series = [timeSeries(result, "gateway", 0, of(own)), timeSeries(result, "executors", 2, of(executors))];
  const seen = series.filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  if (seen.length === 0) return undefined;
  return {
    ...overTime(result),
    title,
    unit,
    description: `in ${unit}, of the gateway's process and of its executors`,
    series: seen,
    y: amountAxis(seen),
    valueText: (value) => `${significant(value)} ${unit}`,
  };
}

function trafficPlot(result: LoadResult): Plot {
  const series = [
    timeSeries(result, "frames", 0, ({ frames }) => frames),
    timeSeries(result, "tool calls", 2, ({ calls }) => calls),
    timeSeries(result, "notifications", 3, ({ notifications }) => notifications),
  ];
  return {
    ...overTime(result),
    title: "What came",
    unit: "a second",
    description: "frames of the gateway, and how many of them were tool calls and notifications",
    series,
    y: amountAxis(series),
    valueText: significant,
  };
}

function socketPlot(result: LoadResult): Plot {
  const series = [
    timeSeries(result, "connected", 0, ({ connected }) => connected),
    timeSeries(result, "with a flow", 2, ({ running }) => running),
    timeSeries(result, "flows without a socket", 4, ({ waiting }) => waiting),
  ];
  return {
    ...overTime(result),
    title: "Sockets",
    unit: "at the end of a second",
    description: "how many are connected, how many have a flow under way, and how many flows wait for one",
    series,
    y: amountAxis(series),
    valueText: significant,
  };
}

function strainPlot(result: LoadResult): Plot {
  const series = [
    timeSeries(result, "loop of the busiest worker", 0, ({ utilization }) => utilization * 100),
    timeSeries(result, "its longest lag, ms", 1, ({ maxLagMs }) => maxLagMs),
    timeSeries(result, "latest begin of a flow, ms", 4, ({ maxLateMs }) => maxLateMs),
  ];
  return {
    ...overTime(result),
    title: "Strain of the client itself",
    unit: "% and ms",
    description: "how busy its own event loop was, and how late",
    series,
    y: amountAxis(series, 100),
    valueText: significant,
  };
}

/** What all plots over time share. */
function overTime({ timeline, plan }: LoadResult): Pick<Plot, "x" | "shaded"> {
  const last = Math.max(1, timeline.at(-1)?.second ?? 1);
  const x: Axis = { scale: exactScale(0, last), textOf: (second) => `${second} s` };
  const [warm, end] = [plan.warmUpMs / 1_000, (plan.warmUpMs + plan.durationMs) / 1_000];
  const shaded = [{ from: 0, to: Math.min(last, warm), label: "warm-up" }];
  if (plan.count === undefined) shaded.push({ from: Math.min(last, end), to: last, label: "no more begin" });
  return { x, shaded: shaded.filter(({ from, to }) => to > from) };
}

function timeSeries(
  { timeline }: LoadResult,
  name: string,
  colour: number,
  of: (second: TimelineSecond) => number,
): Series {
  return { name, colour, points: timeline.map((second) => [second.second, of(second)]) };
}

function timeAxis(series: readonly Series[]): Axis {
  const values = valuesOf(series).filter((value) => value > 0);
  const scale = logScale(Math.min(...values, 1_000_000), Math.max(...values, 0.001));
  return { scale, textOf: tickTime };
}

/** Ticks are round: `2 ms`, not `2.00 ms`. */
function tickTime(ms: number): string {
  if (ms < 0.999) return `${Number((ms * 1_000).toPrecision(3))} µs`;
  return ms < 999 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1_000).toPrecision(3))} s`;
}

function amountAxis(series: readonly Series[], least = 0): Axis {
  return { scale: linearScale(0, Math.max(least, ...valuesOf(series)), 5), textOf: amountText };
}

/** Without the digits that adding up steps leaves behind. */
function amountText(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString("en");
}

function valuesOf(series: readonly Series[]): number[] {
  return series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
}
