import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CellEvent, RunningCell } from "../../src/executor/executor.ts";
import { Pool } from "../../src/executor/pool.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

interface Ended {
  readonly texts: string[];
  readonly events: CellEvent[];
}

let count = 0;

/** Runs a cell of a session to its end. Calls stay open. */
function run(pool: Pool, sessionId: string, source: string): { running: RunningCell; ended: Promise<Ended> } {
  const events: CellEvent[] = [];
  count += 1;
  const start = {
    cellId: `cell-${count}`,
    sessionId,
    source,
    tools: [{ identifier: "slow", description: "", kind: "function" }],
    storedValues: new Map<string, string>(),
  } as const;
  let running: RunningCell | undefined;
  const ended = new Promise<Ended>((resolve) => {
    running = pool.start(start, (batch) => {
      events.push(...batch);
      if (batch.at(-1)?.type === "ended") resolve({ events, texts: events.flatMap(textOf) });
    });
  });
  if (!running) throw new Error("the pool started nothing");
  return { running, ended };
}

function textOf(event: CellEvent): string[] {
  return event.type === "content" && event.item.type === "text" ? [event.item.text.toString()] : [];
}

/**
 * What an earlier cell of the session does, what the later one looks at, and what it must see. Each earlier cell leaves
 * something behind in its own context.
 */
const leftovers: readonly [what: string, earlier: string, later: string, sees: string][] = [
  ["a global", "globalThis.secret = 1", "text(typeof secret)", "undefined"],
  ["a global that was overwritten", "globalThis.text = null; parseInt = null", "text(typeof parseInt)", "function"],
  ["a prototype", "Object.prototype.secret = 1; Array.prototype.map = null", "text(({}).secret, [].map)", "undefined"],
  ["a built-in object", "Math.PI2 = 7; JSON.secret = 1", "text(String(Math.PI2) + JSON.secret)", "undefinedundefined"],
  [
    "a registered symbol's property",
    "globalThis[Symbol.for('s')] = 1",
    "text(String(globalThis[Symbol.for('s')]))",
    "undefined",
  ],
  [
    "the statics of regular expressions",
    "/(se)(cret)/.exec('secret')",
    "text(RegExp.$1 + '|' + RegExp.lastMatch)",
    "|",
  ],
  [
    "a constructor's own property",
    "Promise.secret = 1; Error.stackTraceLimit = 99",
    "text(Promise.secret + '/' + Error.stackTraceLimit)",
    "undefined/10",
  ],
  [
    "how stacks are prepared",
    "Error.prepareStackTrace = () => 'mine'",
    "text(new Error('x').stack.split('\\n')[0])",
    "Error: x",
  ],
  ["a tool", "tools.secret = 1", "text(Object.keys(tools))", '["slow"]'],
  ["a stored value that was not committed here", "store('k', 1)", "text(String(load('k')))", "undefined"],
];

describe("a later cell in an isolate that served its session", () => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool({ executors: 1, settings: { limits: defaultLimits, isolateReuse: "session", jit: "on" } });
  });
  afterAll(() => pool.close());

  test.each(leftovers)("sees nothing of %s", async (what, earlier, later, sees) => {
    await run(pool, what, earlier).ended;
    expect((await run(pool, what, later).ended).texts).toEqual([sees]);
  });

  test("is not reached by timers and promises of the earlier one", async () => {
    const earlier = `
      setTimeout(() => text("late timer"), 5);
      (async () => { for (let i = 0; i < 50; i++) await null; text("late promise"); notify("late") })();
      globalThis.weak = new WeakRef({});
    `;
    await run(pool, "late", earlier).ended;
    const later = "await new Promise((resolve) => setTimeout(resolve, 50)); text(typeof weak)";
    const { events, texts } = await run(pool, "late", later).ended;
    expect(texts).toEqual(["undefined"]);
    expect(events.map(({ type }) => type)).toEqual(["started", "content", "ended"]);
  });

  test("does not get the answer to a call of the earlier one", async () => {
    const earlier = run(pool, "answers", "void tools.slow().then(() => text('late answer'))");
    await earlier.ended;
    const later = run(pool, "answers", "text(await tools.slow())");
    earlier.running.answer(1, { ok: true, json: '"for the earlier"' });
    later.running.answer(1, { ok: true, json: '"for the later"' });
    expect((await later.ended).texts).toEqual(["for the later"]);
  });

  test("starts with the heap that it was promised, however much earlier ones left behind", async () => {
    const greedy =
      "globalThis.kept = []; for (let i = 0; i < 40; i++) kept.push(new Array(100_000).fill(i)); text(kept.length)";
    for (let cell = 0; cell < 12; cell++) {
      expect((await run(pool, "greedy", greedy).ended).texts).toEqual(["40"]);
    }
  });

  test("works after hundreds of others", async () => {
    for (let cell = 0; cell < 250; cell++) {
      expect((await run(pool, "many", `text(typeof before); globalThis.before = ${cell}`).ended).texts).toEqual([
        "undefined",
      ]);
    }
  });
});

test("an isolate whose code goes on after its cell's end is stopped, and serves nobody any more", async () => {
  const pool = new Pool({ executors: 1, settings: { limits: defaultLimits, isolateReuse: "session", jit: "on" } });
  const [pid] = pool.pids;
  for (let cell = 0; cell < 5; cell++) {
    await run(pool, "endless", "void (async () => { for (;;) await null })(); return 'over'").ended;
  }
  expect((await run(pool, "endless", "return 'next'").ended).texts).toEqual(["next"]);
  expect(pool.pids).toEqual([pid]);
  await pool.close();
});

test("with isolateReuse never, every cell has an isolate of its own", async () => {
  const pool = new Pool({ executors: 1, settings: { limits: defaultLimits, isolateReuse: "never", jit: "on" } });
  for (let cell = 0; cell < 20; cell++) {
    expect((await run(pool, "s", "text(typeof left); globalThis.left = 1").ended).texts).toEqual(["undefined"]);
  }
  await pool.close();
});
