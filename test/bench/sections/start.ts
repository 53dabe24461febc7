import type { Section } from "../section.ts";

/** From the start of the process to the first result, connecting included. */
export const start: Section = {
  name: "start",
  metrics: [{ name: "start", title: "process start to first result", unit: "ms", better: "less" }],
  rounds: 3,
  quickRounds: 1,
  warmUpTurns: 0,
  alone: false,
  timeoutMs: 20_000,
  async take(_runtime, { record, startTime }) {
    record("start", await startTime());
  },
};
