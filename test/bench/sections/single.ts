import { type Bar, type Metric, type Section, timed } from "../section.ts";
import type { Work } from "../work.ts";

/** 50 calls of 20 ms at the same time: 20 ms, if nothing makes them wait for each other. */
export const naps = section("naps", 3, [
  {
    work: { type: "naps", count: 50 },
    title: "50 parallel calls of 20 ms",
    unit: "ms",
    bars: [{ type: "value", value: 25 }],
  },
]);

export const parallel = section("parallel", 3, [
  {
    work: { type: "parallel", count: 1_000 },
    title: "1,000 parallel calls, each",
    unit: "µs",
    each: 1_000,
    bars: [{ type: "value", value: 40 }],
  },
]);

export const notifications = section("notifications", 1, [
  {
    work: { type: "notifications", count: 10_000 },
    title: "10,000 notifications",
    unit: "/s",
    each: 10_000,
    bars: [{ type: "value", value: 50_000 }],
  },
]);

export const text = section("text", 6, [
  { work: { type: "text", bytes: 1_000_000 }, title: "text of 1 MB", unit: "ms" },
  {
    work: { type: "text", bytes: 10_000_000 },
    title: "text of 10 MB",
    unit: "ms",
    bars: [{ type: "anchor", factor: 1 }],
  },
]);

export const cpu = section("cpu", 1, [{ work: { type: "cpu" }, title: "CPU-bound cell", unit: "ms" }]);

interface Cell {
  readonly work: Work;
  readonly title: string;
  readonly unit: "ms" | "µs" | "/s";
  /** How many the time is divided by, or, for a rate, how many there are. Default: 1. */
  readonly each?: number;
  readonly bars?: readonly Bar[];
}

/** Whole cells, one at a time, each `repeat` times in a turn. */
function section(name: string, repeat: number, cells: readonly Cell[]): Section {
  return {
    name,
    metrics: cells.map(metricOf),
    rounds: 5,
    quickRounds: 1,
    warmUpTurns: 5,
    alone: false,
    timeoutMs: 20_000,
    async take(runtime, { quick, record }) {
      for (const cell of cells) {
        for (let turn = 0; turn < (quick ? Math.min(2, repeat) : repeat); turn++) {
          const ms = await timed(() => runtime.run(cell.work));
          record(metricOf(cell).name, valueOf(cell, ms));
        }
      }
    },
  };
}

function metricOf({ work, title, unit, bars }: Cell): Metric {
  const size = "count" in work ? `-${work.count}` : "bytes" in work ? `-${work.bytes}` : "";
  const metric: Metric = { name: `${work.type}${size}`, title, unit, better: unit === "/s" ? "more" : "less" };
  return bars ? { ...metric, bars } : metric;
}

function valueOf({ unit, each = 1 }: Cell, ms: number): number {
  if (unit === "/s") return (each / ms) * 1_000;
  return unit === "µs" ? (ms / each) * 1_000 : ms;
}
