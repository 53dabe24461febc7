import { type Metric, type Section, timed } from "../section.ts";

/** Cells that make so many tool calls, and how often one is run in a turn. */
const cells: readonly { readonly count: number; readonly repeat: number }[] = [
  { count: 1, repeat: 20 },
  { count: 10, repeat: 10 },
  { count: 100, repeat: 4 },
  { count: 1_000, repeat: 1 },
];

/** Tool calls one after the other. */
export const calls: Section = {
  name: "calls",
  metrics: [
    ...cells.map(({ count }): Metric => {
      const title = `cell of ${count.toLocaleString("en")} sequential call${count === 1 ? "" : "s"}`;
      return { name: `calls-${count}`, title, unit: "ms", better: "less" };
    }),
    {
      name: "call",
      title: "a sequential call (of 1,000)",
      unit: "µs",
      better: "less",
      bars: [{ type: "anchor", factor: 0.75 }],
    },
  ],
  rounds: 5,
  quickRounds: 1,
  // Some 18,000 calls, after which all that is on their way has been compiled; before, one takes up to twice as long.
  warmUpTurns: 12,
  alone: false,
  timeoutMs: 40_000,
  async take(runtime, { quick, record }) {
    for (const { count, repeat } of cells) {
      for (let turn = 0; turn < (quick ? Math.ceil(repeat / 4) : repeat); turn++) {
        const ms = await timed(() => runtime.run({ type: "calls", count }));
        record(`calls-${count}`, ms);
        if (count === 1_000) record("call", (ms / count) * 1_000);
      }
    }
  },
};
