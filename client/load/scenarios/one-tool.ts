import type { Scenario } from "../scenario.ts";

/** One call of a tool that answers at once. */
export const oneTool: Scenario = {
  name: "one-tool",
  about: "cells that call one tool, which answers at once",
  tools: { echo: { description: "answers with its input" } },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: ({ run }) => `text(await tools.echo(${run}))`,
          yieldMs: null,
          expect: { text: ({ run }) => String(run), toolCalls: 1 },
        },
      ],
    },
  ],
};
