import { type Section, timed } from "../section.ts";

/** A cell that does next to nothing, alone: all that it costs to have cells at all. */
export const latency: Section = {
  name: "latency",
  metrics: [
    {
      name: "noop",
      title: "no-op cell, 1 in flight",
      unit: "ms",
      better: "less",
      bars: [{ type: "anchor", factor: 0.35 }],
    },
  ],
  rounds: 6,
  quickRounds: 2,
  warmUpTurns: 10,
  alone: false,
  timeoutMs: 20_000,
  async take(runtime, { quick, record }) {
    const cells = quick ? 30 : 100;
    const enough = performance.now() + (quick ? 300 : 1_000);
    for (let cell = 0; cell < cells && performance.now() < enough; cell++) {
      record("noop", await timed(() => runtime.run({ type: "noop" })));
    }
  },
};
