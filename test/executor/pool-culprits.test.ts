import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ExecutorStatus } from "../../src/executor/executor-status.ts";
import { Pool } from "../../src/executor/pool.ts";
import { type Answerer, outcomeOf } from "./cell-record.ts";
import { type CellOptions, runCell, settings, startCell, startUp, untilPool } from "./pool-cells.ts";

const FOREVER = "await new Promise(() => {})";
const sleep = (ms: number) => `await new Promise((done) => setTimeout(done, ${ms}));`;
/** V8 cannot interrupt it. */
const UNSTOPPABLE = "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)";
/** V8 kills its process, without a word. */
const FATAL = `"x".repeat(2 ** 27 + 100).split("")`;
/** What a session did longer ago does not make it a suspect. */
const LONG_MS = 1_500;

const bad: CellOptions = { sessionId: "bad" };
const good: CellOptions = { sessionId: "good" };

describe("B6: a session that cost a process runs in one of its own from then on", () => {
  let pool: Pool;
  beforeEach(() => {
    pool = new Pool({ executors: 1, settings });
  });
  afterEach(() => pool.close());

  /** The processes that have cells. */
  const busy = (): ExecutorStatus[] => pool.status.processes.filter(({ cells }) => cells > 0);
  const sharedPid = () => pool.pids[0] as number;

  /** Runs a cell of each session, and tells the role of the process that has it. */
  async function rolesOf(...sessions: CellOptions[]): Promise<(string | undefined)[]> {
    const roles = [];
    for (const session of sessions) {
      const cell = await startUp(pool, FOREVER, session);
      roles.push(busy().find(({ cells }) => cells === 1)?.role);
      cell.running?.terminate();
      await cell.ended;
    }
    return roles;
  }

  test("by a native function that does not stop, which costs it nothing but its own cells the next time", async () => {
    const cell = await startUp(pool, UNSTOPPABLE, bad);
    const sibling = await startUp(pool, FOREVER, good);
    cell.running?.terminate();
    expect((await outcomeOf(sibling)).error?.code).toBe("executor_lost");
    const later = await startUp(pool, FOREVER, good);
    const again = await startUp(pool, UNSTOPPABLE, bad);
    expect(busy().map(({ role }) => role)).toEqual(["shared", "own"]);
    again.running?.terminate();
    expect(await again.ended).toEqual({ how: "terminated" });
    expect(pool.status.ended.stuck).toBe(2);
    later.running?.terminate();
    expect(await later.ended).toEqual({ how: "terminated" });
  });

  test("by one that a cell leaves behind when it has ended", async () => {
    const leaves = `(async () => { await null; await null; await null; await null; ${UNSTOPPABLE} })()`;
    expect((await runCell(pool, leaves, bad)).how).toBe("finished");
    await untilPool(pool, () => pool.status.ended.stuck === 1);
    expect(await rolesOf(good, bad)).toEqual(["shared", "own"]);
  });

  test("by a fatal error of V8, of which the process says nothing", async () => {
    const sibling = await startUp(pool, FOREVER, good);
    await runCell(pool, sleep(LONG_MS), bad);
    // However long the fatal function takes, its session is heard of.
    startCell(pool, `for (;;) { text("."); ${sleep(20)} }`, bad);
    expect((await outcomeOf(startCell(pool, FATAL, bad))).error?.code).toBe("executor_lost");
    expect((await outcomeOf(sibling)).error?.code).toBe("executor_lost");
    expect(pool.status.ended.lost).toBe(1);
    expect(await rolesOf(good, bad)).toEqual(["shared", "own"]);
  });

  test("by a death that follows the start of its cell", async () => {
    const sibling = await startUp(pool, FOREVER, good);
    await runCell(pool, sleep(LONG_MS), bad);
    process.kill(sharedPid(), "SIGSTOP");
    startCell(pool, FOREVER, bad);
    process.kill(sharedPid(), "SIGKILL");
    await sibling.ended;
    expect(await rolesOf(good, bad)).toEqual(["shared", "own"]);
  });

  test("by a death that follows the answer of a tool", async () => {
    const sibling = await startUp(pool, FOREVER, good);
    const answer: Answerer = (_, reply) => {
      setTimeout(() => {
        process.kill(sharedPid(), "SIGSTOP");
        reply({ ok: true });
        process.kill(sharedPid(), "SIGKILL");
      }, LONG_MS);
    };
    await runCell(pool, "await tools.slow()", { ...bad, tools: ["slow"], answer });
    await sibling.ended;
    expect(await rolesOf(good, bad)).toEqual(["shared", "own"]);
  });

  test("by a death while its timers fire", async () => {
    const sibling = await startUp(pool, FOREVER, good);
    const answer: Answerer = () => setTimeout(() => process.kill(sharedPid(), "SIGKILL"), 2 * LONG_MS);
    await runCell(pool, `tools.slow(); for (;;) { ${sleep(10)} }`, { ...bad, tools: ["slow"], answer });
    await sibling.ended;
    expect(await rolesOf(good, bad)).toEqual(["shared", "own"]);
  });

  test("and of several that may have done it, the one that may have done it twice", async () => {
    for (const sessionId of ["first", "second"]) {
      await runCell(pool, sleep(LONG_MS), bad);
      process.kill(sharedPid(), "SIGSTOP");
      const cells = [startCell(pool, FOREVER, { sessionId }), startCell(pool, FOREVER, bad)];
      process.kill(sharedPid(), "SIGKILL");
      for (const cell of cells) expect((await outcomeOf(cell)).error?.code).toBe("executor_lost");
    }
    expect(await rolesOf({ sessionId: "first" }, { sessionId: "second" }, bad)).toEqual(["shared", "shared", "own"]);
  });

  test("but a process that dies while its cells wait is nobody's doing", async () => {
    const cell = startCell(pool, `await tools.slow()`, {
      ...bad,
      tools: ["slow"],
      answer: () => setTimeout(() => process.kill(sharedPid(), "SIGKILL"), LONG_MS),
    });
    expect((await outcomeOf(cell)).error?.code).toBe("executor_lost");
    expect(await rolesOf(bad)).toEqual(["shared"]);
  });

  test("and each further process that dies under it is replaced later", async () => {
    const waits: number[] = [];
    for (let death = 0; death < 4; death++) {
      const at = performance.now();
      const cell = await startUp(pool, FOREVER, bad);
      waits.push(performance.now() - at);
      process.kill(busy()[0]?.pid as number, "SIGKILL");
      await cell.ended;
    }
    console.log(`a culprit's cells began after ${waits.map((ms) => ms.toFixed(0)).join(", ")} ms`);
    // The first in the shared process, the second in one of its own; the next processes wait for 100 ms and for 200.
    expect(waits[2]).toBeGreaterThan(100);
    expect(waits[3]).toBeGreaterThan(200);
  });
});
