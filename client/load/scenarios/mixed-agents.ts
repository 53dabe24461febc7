import type { Scenario } from "../scenario.ts";

const thinks = { do: "think", ms: { lognormal: { median: 300, p99: 3_000 } } } as const;

/** What agents do on an ordinary day, with pauses in which their models think. */
export const mixedAgents: Scenario = {
  name: "mixed-agents",
  about: "agents of several kinds: tools, stored values, long waits, faults in their code, cells that are stopped",
  tools: {
    search: {
      description: "finds things",
      latencyMs: { lognormal: { median: 30, p99: 400 } },
      resultBytes: { uniform: [200, 8_000] },
    },
    flaky: { description: "fails now and then", latencyMs: { exponential: { mean: 10 } }, failureRate: 0.2 },
    person: { description: "takes its time", latencyMs: { uniform: [500, 2_000] } },
  },
  load: { sockets: 200, durationMs: 30_000, warmUpMs: 5_000 },
  flows: [
    {
      name: "research",
      weight: 5,
      steps: [
        {
          do: "execute",
          source: `
            const pages = await Promise.all(["a", "b", "c", "d", "e"].map((word) => tools.search(word)));
            store("sizes", pages.map((page) => page.length));
            text(pages.length + " pages"); text(pages[0].slice(0, 500));`,
          yieldMs: null,
          expect: { type: "result", toolCalls: 5 },
        },
        thinks,
        { do: "execute", source: `text(load("sizes").length)`, yieldMs: null, expect: { text: "5" } },
        thinks,
      ],
    },
    {
      name: "retries",
      weight: 3,
      steps: [
        {
          do: "execute",
          source: `
            let failures = 0;
            for (let done = 0; done < 5; ) {
              try { await tools.flaky(done); done++; } catch (error) { if (error.code !== "E_LOAD") throw error; failures++; }
            }
            text("done");`,
          yieldMs: null,
          expect: { text: "done" },
        },
        thinks,
      ],
    },
    {
      name: "waits for a person",
      weight: 2,
      steps: [
        {
          do: "execute",
          source: `notify("asks"); text(await tools.person("yes"))`,
          yieldMs: 200,
          expect: { type: "yielded" },
        },
        thinks,
        { do: "wait", yieldMs: 1_000, untilEnd: true, expect: { type: "result", text: "yes", notifications: 1 } },
        thinks,
      ],
    },
    {
      name: "writes a lot",
      weight: 1,
      steps: [
        {
          do: "execute",
          source: `for (let line = 0; line < 200; line++) text("line " + line + ": {{text 80}}")`,
          stream: true,
          yieldMs: null,
          expect: { type: "result" },
        },
        thinks,
      ],
    },
    {
      name: "faults",
      weight: 2,
      steps: [
        {
          do: "execute",
          source: `text("before"); undefinedThing.x`,
          yieldMs: null,
          expect: { error: "script_error", text: "before" },
        },
        thinks,
        { do: "execute", source: `text("before`, yieldMs: null, expect: { error: "syntax_error" } },
        thinks,
      ],
    },
    {
      name: "changes its mind",
      weight: 1,
      steps: [
        {
          do: "execute",
          source: `await tools.search("x"); for (;;) await new Promise((done) => setTimeout(done, 5))`,
          yieldMs: 50,
          expect: { type: "yielded" },
        },
        { do: "terminate", expect: { type: "terminated" } },
        thinks,
      ],
    },
  ],
};
