import type { Scenario } from "../scenario.ts";

const source = `
  for (let part = 0; part < 6; part++) {
    text(await tools.fetch(part));
    notify("part " + part);
  }`;

const whole = "0\n1\n2\n3\n4\n5";

/** Sockets that are lost at any moment. Every answer has to come all the same, once and whole. */
export const flakyNetwork: Scenario = {
  name: "flaky-network",
  about: "sockets that are cut while their cells call tools, and come back; every answer must come once, and whole",
  tools: { fetch: { description: "answers with its input", latencyMs: { exponential: { mean: 10 } } } },
  load: { sockets: 50 },
  flows: [
    {
      name: "cut once",
      weight: 3,
      steps: [
        { do: "execute", source, yieldMs: null, detached: true, expect: { text: whole, toolCalls: 6 } },
        { do: "think", ms: { uniform: [0, 60] } },
        { do: "cut" },
        { do: "resume", afterMs: { exponential: { mean: 50 } } },
      ],
    },
    {
      name: "cut again and again",
      weight: 1,
      steps: [
        { do: "execute", source, yieldMs: null, detached: true, expect: { text: whole, toolCalls: 6 } },
        {
          do: "repeat",
          times: { uniform: [2, 6] },
          steps: [
            { do: "think", ms: { uniform: [0, 20] } },
            { do: "cut" },
            { do: "resume", afterMs: { uniform: [0, 10] } },
          ],
        },
      ],
    },
    {
      name: "another turn",
      weight: 1,
      steps: [
        // The turn that asked is over; the next one finds the cell, and all that it put out.
        { do: "execute", source, yieldMs: null, detached: true },
        { do: "think", ms: { uniform: [0, 60] } },
        { do: "close" },
        { do: "resume", afterMs: { uniform: [0, 100] } },
        { do: "wait", yieldMs: null, expect: { type: "result", text: whole } },
      ],
    },
    {
      name: "not cut",
      weight: 1,
      steps: [{ do: "execute", source, yieldMs: null, expect: { text: whole, toolCalls: 6, notifications: 6 } }],
    },
  ],
};
