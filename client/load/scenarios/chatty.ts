import type { Scenario } from "../scenario.ts";

const CALLS = 50;

/** Calls one after the other: `round_trip` in the result is what a call takes that waits for the one before. */
export const chatty: Scenario = {
  name: "chatty",
  about: `cells that make ${CALLS} calls one after the other; \`round_trip\` is from an answer to the next call`,
  tools: { add: { description: "answers with its input and one", run: (input) => Number(input) + 1 } },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: `let sum = 0; for (let call = 0; call < ${CALLS}; call++) sum = await tools.add(sum); text(sum)`,
          yieldMs: null,
          expect: { text: String(CALLS), toolCalls: CALLS },
        },
      ],
    },
  ],
};
