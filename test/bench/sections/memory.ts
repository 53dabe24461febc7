import { setTimeout as delay } from "node:timers/promises";
import { type Footprint, footprint } from "../processes.ts";
import type { Metric, Section } from "../section.ts";

const steps: readonly number[] = [50, 500, 2_000];

/** For what is freed or returned late. */
const settleMs = 500;

/** Of the cells before the first measurement: enough that each of a subject's processes has its share of them. */
const warmUpInFlight = 4;

/** What a subject may take of a machine that others use too. */
const mostMiB = 6_000;

/** Memory and threads of the processes that hold the cells, with so many cells waiting for a tool. */
export const memory: Section = {
  name: "memory",
  metrics: [
    { name: "rss-0", title: "memory, no live cell", unit: "MiB", better: "less" },
    { name: "threads-0", title: "threads, no live cell", unit: "threads", better: "less" },
    ...steps.flatMap((count): Metric[] => [rss(count), each(count), threads(count)]),
  ],
  rounds: 3,
  quickRounds: 1,
  warmUpTurns: 0,
  alone: true,
  timeoutMs: 40_000,
  async take(runtime, { quick, record }) {
    const measure = async (count: number): Promise<Footprint> => {
      await delay(settleMs);
      const now = footprint(runtime.roots);
      record(`rss-${count}`, now.rssMiB);
      record(`threads-${count}`, now.threads);
      return now;
    };
    // What the first cells cost once is no cost of a parked one.
    for (let cell = 0; cell < 20; cell += warmUpInFlight) {
      await Promise.all(Array.from({ length: warmUpInFlight }, () => runtime.run({ type: "calls", count: 1 })));
    }
    const empty = await measure(0);
    let parked = 0;
    let eachMiB = 0;
    for (const count of quick ? steps.slice(0, 1) : steps) {
      const expected = eachMiB * count;
      if (expected > mostMiB) throw new Error(`${count} cells not tried: they would take ${Math.round(expected)} MiB`);
      await runtime.park(count - parked);
      parked = count;
      eachMiB = ((await measure(count)).rssMiB - empty.rssMiB) / count;
      record(`each-${count}`, eachMiB);
    }
  },
};

function rss(count: number): Metric {
  const metric: Metric = { name: `rss-${count}`, title: titleOf("memory", count), unit: "MiB", better: "less" };
  return count === 2_000 ? { ...metric, bars: [{ type: "works" }] } : metric;
}

function each(count: number): Metric {
  const title = titleOf("memory a parked cell", count);
  return { name: `each-${count}`, title, unit: "MiB", better: "less", bars: [{ type: "value", value: 1.4 }] };
}

function threads(count: number): Metric {
  return { name: `threads-${count}`, title: titleOf("threads", count), unit: "threads", better: "less" };
}

function titleOf(what: string, count: number): string {
  return `${what}, ${count.toLocaleString("en")} parked`;
}
