import { afterEach, describe, expect, test } from "vitest";
import type { ExecutorStatus } from "../../src/executor/executor-status.ts";
import { Pool, type PoolOptions } from "../../src/executor/pool.ts";
import { type CellRecord, outcomeOf } from "./cell-record.ts";
import { settings, startCell, startUp, untilPool } from "./pool-cells.ts";

const FOREVER = "await new Promise(() => {})";
let pool: Pool;
afterEach(() => pool.close());

const open = (options: Partial<PoolOptions> = {}) => (pool = new Pool({ executors: 1, settings, ...options }));
/** The processes that have cells. */
const busy = (): ExecutorStatus[] => pool.status.processes.filter(({ cells }) => cells > 0);

async function terminate(record: CellRecord): Promise<void> {
  record.running?.terminate();
  await record.ended;
}

describe("isolation by session", () => {
  test("no two sessions share a process, and cells of one session do", async () => {
    open({ isolation: "session" });
    await Promise.all(["a", "b", "a", "c"].map((sessionId) => startUp(pool, FOREVER, { sessionId })));
    expect(busy().map(({ role, cells }) => [role, cells])).toEqual([
      ["own", 2],
      ["own", 1],
      ["own", 1],
    ]);
    expect(pool.status.processes.filter(({ role }) => role === "shared")).toEqual([]);
  });

  test("a session's first cell runs in the process that was the spare", async () => {
    open({ isolation: "session" });
    const [spare] = pool.status.processes;
    expect(spare?.role).toBe("spare");
    await startUp(pool, FOREVER);
    expect(busy()).toMatchObject([{ pid: spare?.pid, role: "own" }]);
  });

  test("it is ready for the next session with a process of a session, or the spare", async () => {
    open({ isolation: "session" });
    expect(pool.ready).toBe(0);
    await untilPool(pool, () => pool.ready === 1);
    await startUp(pool, FOREVER);
    await untilPool(pool, () => pool.ready === 2);
    expect(pool.status.processes.map(({ role }) => role)).toEqual(["own", "spare"]);
  });

  test("past the bound of processes a cell waits until one has no cells, which is ended for it", async () => {
    open({ isolation: "session", limits: { ownExecutors: 2 } });
    const cells = [await startUp(pool, FOREVER), await startUp(pool, FOREVER, { sessionId: "b" })] as const;
    const waiting = startCell(pool, "text('at last')");
    const before = busy().map(({ pid }) => pid);
    // A cell of a session that has a process does not wait, and comes later than what has been said to the third.
    await terminate(await startUp(pool, FOREVER, { sessionId: "b" }));
    expect(waiting.events).toEqual([]);
    await terminate(cells[0]);
    expect(await outcomeOf(waiting)).toMatchObject({ how: "finished", texts: ["at last"] });
    const own = pool.status.processes.filter(({ role }) => role === "own").map(({ pid }) => pid);
    expect(own).toHaveLength(2);
    expect(own).toContain(before[1]);
    expect(own).not.toContain(before[0]);
    expect(pool.status.ended).toMatchObject({ lost: 0, unneeded: 1 });
  });

  test("C14: the loss of a process costs its session's cells and no others", async () => {
    open({ isolation: "session" });
    const [cell, other] = [await startUp(pool, FOREVER), await startUp(pool, "await tools.f()", { tools: ["f"] })];
    process.kill(busy()[0]?.pid as number, "SIGKILL");
    expect((await outcomeOf(cell)).error?.code).toBe("executor_lost");
    other.running?.answer(1, { ok: true });
    expect((await outcomeOf(other)).how).toBe("finished");
  });
});
