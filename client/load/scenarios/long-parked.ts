import type { Scenario } from "../scenario.ts";

/** Cells that wait for a slow tool most of the time, and agents that look after them now and then. */
export const longParked: Scenario = {
  name: "long-parked",
  about: "cells that wait for a slow tool, and hosts that wait for them, again and again",
  tools: { person: { description: "takes its time", latencyMs: { uniform: [1_500, 4_000] } } },
  load: { sockets: 500, durationMs: 20_000, warmUpMs: 5_000 },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: `text("asked"); text(await tools.person("yes"))`,
          yieldMs: 500,
          expect: { type: "yielded", text: "asked" },
        },
        { do: "think", ms: { uniform: [0, 500] } },
        { do: "wait", yieldMs: 1_000, untilEnd: true, expect: { type: "result", text: "yes" } },
      ],
    },
  ],
};
