import { afterEach, describe, expect, test } from "vitest";
import type { ExecutorRole, ExecutorStatus } from "../../src/executor/executor-status.ts";
import { Pool, type PoolOptions } from "../../src/executor/pool.ts";
import { outcomeOf } from "./cell-record.ts";
import { runCell, settings, startUp, untilPool } from "./pool-cells.ts";
import { isAlive, untilGone } from "./process-signs.ts";

const FOREVER = "await new Promise(() => {})";

describe("the spare process of a pool", () => {
  let pool: Pool;
  afterEach(() => pool.close());

  const open = (options: Partial<PoolOptions> = {}) => (pool = new Pool({ executors: 1, settings, ...options }));
  const having = (role: ExecutorRole): ExecutorStatus[] =>
    pool.status.processes.filter((process) => process.role === role);
  /** Waits until a cell runs and the spare is up: its isolates make it larger than it is while it starts. */
  async function untilSpare(): Promise<number> {
    await untilPool(pool, () => (having("spare")[0]?.rssBytes ?? 0) > 60e6);
    return having("spare")[0]?.pid as number;
  }

  test("C14: takes the place of a lost one, without a start in between, and another is started", async () => {
    open();
    const cell = await startUp(pool, FOREVER);
    const spare = await untilSpare();
    const [lost] = pool.pids;
    const at = performance.now();
    process.kill(lost as number, "SIGKILL");
    expect((await outcomeOf(cell)).how).toBe("executor_lost");
    expect(pool.pids).toEqual([spare]);
    expect((await runCell(pool, "text(1)")).texts).toEqual(["1"]);
    console.log(`from SIGKILL to the next cell's result: ${(performance.now() - at).toFixed(0)} ms`);
    expect(having("spare")[0]?.pid).not.toBe(spare);
    await untilSpare();
    // The spare is none of those that take cells.
    expect(pool.ready).toBe(1);
    expect(pool.status.ended).toMatchObject({ lost: 1, recycled: 0 });
  });

  test("is replaced when it dies itself", async () => {
    open();
    await startUp(pool, FOREVER);
    const spare = await untilSpare();
    process.kill(spare, "SIGKILL");
    await untilPool(pool, () => pool.status.ended.lost === 1);
    expect(await untilSpare()).not.toBe(spare);
    expect(having("shared")[0]).toMatchObject({ cells: 1, served: 1 });
  });

  test("takes the place of a process that has served for long; the cells in that one run to their end", async () => {
    open({ limits: { cellsPerExecutor: 5 } });
    const long = await startUp(pool, `text(await tools.wait())`, { tools: ["wait"] });
    const [worn] = pool.pids as [number];
    const spare = await untilSpare();
    for (let count = 0; count < 4; count++) await runCell(pool, "1");
    await untilPool(pool, () => having("draining").length === 1);
    expect(having("draining")[0]).toMatchObject({ pid: worn, cells: 1, served: 5 });
    expect(pool.pids).toEqual([spare]);
    expect((await runCell(pool, "text('new')")).texts).toEqual(["new"]);
    long.running?.answer(1, { ok: true, json: '"long"' });
    expect(await outcomeOf(long)).toMatchObject({ how: "finished", texts: ["up", "long"] });
    await untilGone(worn, 1_000);
    expect(pool.status.ended).toMatchObject({ lost: 0, recycled: 1 });
  });

  test("takes the place of a process that has more memory than its cells explain", async () => {
    const lost: string[] = [];
    // One that has just started has more than that.
    open({ limits: { recycleRssBytes: 30e6 }, onLost: (why) => lost.push(why) });
    const [first] = pool.pids as [number];
    await untilGone(first, 19_000);
    expect(pool.status.ended.recycled).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    expect(isAlive(pool.pids[0] as number)).toBe(true);
  });

  test("is not more than one, and is closed with the others", async () => {
    open({ executors: 2 });
    await Promise.all([startUp(pool, FOREVER), startUp(pool, FOREVER)]);
    await untilSpare();
    const { processes } = pool.status;
    expect(processes.map(({ role }) => role).toSorted()).toEqual(["shared", "shared", "spare"]);
    await pool.close();
    expect(processes.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    expect(pool.status.processes).toEqual([]);
  });
});
