import { type Section, timed } from "../section.ts";

/** From the request to stop an endless loop until that is confirmed. */
export const terminate: Section = {
  name: "terminate",
  metrics: [
    {
      name: "terminate",
      title: "terminate while (true) {}",
      unit: "ms",
      better: "less",
      bars: [{ type: "value", value: 5 }],
    },
  ],
  rounds: 5,
  quickRounds: 1,
  warmUpTurns: 2,
  alone: false,
  timeoutMs: 10_000,
  async take(runtime, { quick, record }) {
    for (let turn = 0; turn < (quick ? 2 : 5); turn++) record("terminate", await timed(await runtime.spin()));
  },
};
