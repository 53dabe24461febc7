import type { Runtime } from "../runtime.ts";
import type { Metric, Section } from "../section.ts";
import { executorQuickjs } from "../subjects/executor-quickjs.ts";
import type { Work } from "../work.ts";

const inFlight: readonly number[] = [1, 8, 64];

/** No-op cells a second, and cells with a tool call, with so many under way at any time. */
export const throughput: Section = {
  name: "throughput",
  metrics: [
    rateOf("cells-1", "no-op cells, 1 in flight"),
    {
      ...rateOf("cells-8", "no-op cells, 8 in flight"),
      bars: [
        { type: "anchor", factor: 2 },
        { type: "peer", name: executorQuickjs.name },
      ],
    },
    { ...rateOf("cells-64", "no-op cells, 64 in flight"), bars: [{ type: "anchor", factor: 2 }] },
    rateOf("calling-8", "cells of a tool call, 8 in flight"),
  ],
  rounds: 3,
  quickRounds: 1,
  warmUpTurns: 5,
  alone: false,
  timeoutMs: 40_000,
  async take(runtime, { quick, record }) {
    const ms = quick ? 250 : 700;
    for (const count of inFlight) record(`cells-${count}`, await rate(runtime, { type: "noop" }, count, ms));
    record("calling-8", await rate(runtime, { type: "calls", count: 1 }, 8, ms));
  },
};

function rateOf(name: string, title: string): Metric {
  return { name, title, unit: "/s", better: "more" };
}

/** Cells that ended within `ms`, and the time until the last of those started had ended too. */
async function rate(runtime: Runtime, work: Work, count: number, ms: number): Promise<number> {
  let cells = 0;
  const start = performance.now();
  const line = async () => {
    do {
      await runtime.run(work);
      cells++;
    } while (performance.now() < start + ms);
  };
  await Promise.all(Array.from({ length: count }, line));
  return (cells / (performance.now() - start)) * 1_000;
}
