import type { Runtime } from "../runtime.ts";
import type { Metric, Section } from "../section.ts";

const inFlight: readonly number[] = [1, 8, 64];

/** No-op cells a second, with so many under way at any time. */
export const throughput: Section = {
  name: "throughput",
  metrics: inFlight.map((count): Metric => {
    const metric: Metric = {
      name: `cells-${count}`,
      title: `no-op cells, ${count} in flight`,
      unit: "/s",
      better: "more",
    };
    return count === 1 ? metric : { ...metric, bar: { type: "anchor", factor: 2 } };
  }),
  rounds: 3,
  quickRounds: 1,
  warmUpTurns: 2,
  alone: false,
  timeoutMs: 40_000,
  async take(runtime, { quick, record }) {
    for (const count of inFlight) record(`cells-${count}`, await rate(runtime, count, quick ? 250 : 700));
  },
};

/** Cells that ended within `ms`, and the time until the last of those started had ended too. */
async function rate(runtime: Runtime, count: number, ms: number): Promise<number> {
  let cells = 0;
  const start = performance.now();
  const line = async () => {
    do {
      await runtime.run({ type: "noop" });
      cells++;
    } while (performance.now() < start + ms);
  };
  await Promise.all(Array.from({ length: count }, line));
  return (cells / (performance.now() - start)) * 1_000;
}
