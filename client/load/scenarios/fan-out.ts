import type { Scenario } from "../scenario.ts";

const CALLS = 50;

/** Many calls at once of a tool that takes its time: they must not wait for one another. */
export const fanOut: Scenario = {
  name: "fan-out",
  about: `cells that make ${CALLS} calls at once of a tool that takes 20 ms`,
  tools: { look: { description: "answers with its input", latencyMs: 20 } },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: `
            const found = await Promise.all(Array.from({ length: ${CALLS} }, (_, index) => tools.look(index)));
            text(found.reduce((sum, index) => sum + index, 0));`,
          yieldMs: null,
          expect: { text: String((CALLS * (CALLS - 1)) / 2), toolCalls: CALLS },
        },
      ],
    },
  ],
};
