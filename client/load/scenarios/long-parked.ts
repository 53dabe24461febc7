import type { Expectation, Scenario } from "../scenario.ts";

/** On a busy machine a cell may yield before it has said anything; then all of it comes with the end. */
const isAnswered: Expectation = ({ type, text }) =>
  type === "result" && text.endsWith("yes") ? undefined : `expected a result that ends with yes, got ${type} ${text}`;

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
          expect: { type: "yielded" },
        },
        { do: "think", ms: { uniform: [0, 500] } },
        { do: "wait", yieldMs: 1_000, untilEnd: true, expect: isAnswered },
      ],
    },
  ],
};
