import type { Scenario } from "../scenario.ts";

/**
 * What happens when a proxy in front of the gateway restarts: all sockets are lost at the same moment, with a cell under
 * way in each. The longest `resume` is how long it took until all were back.
 */
export const reconnectStorm: Scenario = {
  name: "reconnect-storm",
  about: "sockets that are all cut at once, with cells under way, and all come back; the longest `resume` is the last",
  tools: { slow: { description: "answers with its input", latencyMs: { uniform: [2_000, 10_000] } } },
  once: true,
  load: { sockets: 200 },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: ({ socket }) => `text("before"); notify("waits"); text(await tools.slow(${socket}))`,
          yieldMs: null,
          detached: true,
          expect: { text: ({ socket }) => `before\n${socket}`, toolCalls: 1 },
        },
        { do: "meet" },
        { do: "cut" },
        { do: "resume" },
        { do: "meet" },
      ],
    },
  ],
};
