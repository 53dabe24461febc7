import { afterEach, describe, expect, test } from "vitest";
import { Pool, type PoolOptions } from "../../src/executor/pool.ts";
import { outcomeOf } from "./cell-record.ts";
import { runCell, settings, startUp } from "./pool-cells.ts";
import { isAlive } from "./process-signs.ts";

const FOREVER = "await new Promise(() => {})";

describe("a pool watches its processes from outside", () => {
  let pool: Pool;
  let lost: string[];
  afterEach(() => pool.close());

  function open(options: Partial<PoolOptions> = {}): Pool {
    lost = [];
    pool = new Pool({ executors: 1, settings, onLost: (why) => lost.push(why), ...options });
    return pool;
  }

  test("C14: a process that stands still is killed after some four seconds, and replaced", async () => {
    open();
    const cell = await startUp(pool, FOREVER);
    const [pid] = pool.pids as [number];
    const at = performance.now();
    process.kill(pid, "SIGSTOP");
    expect((await outcomeOf(cell)).error?.code).toBe("executor_lost");
    const tookMs = performance.now() - at;
    console.log(`a process that stands still was lost after ${tookMs.toFixed(0)} ms`);
    expect(tookMs).toBeGreaterThan(3_000);
    expect(tookMs).toBeLessThan(20_000);
    expect(isAlive(pid)).toBe(false);
    expect(lost).toEqual(["SIGKILL: it does not answer"]);
    expect(pool.status.ended).toMatchObject({ deaf: 1, lost: 0 });
    expect((await runCell(pool, "text(1)")).texts).toEqual(["1"]);
  });

  test("C14: so is one that has cells which wait, and one whose cells keep their threads busy is not", async () => {
    open({ executors: 2 });
    // Two sessions are apart.
    const loop = await startUp(pool, "for (;;);", { sessionId: "a" });
    const waiting = await startUp(pool, FOREVER, { sessionId: "b" });
    const [busy, quiet] = pool.pids as [number, number];
    process.kill(quiet, "SIGSTOP");
    await waiting.ended;
    expect([isAlive(busy), isAlive(quiet)]).toEqual([true, false]);
    loop.running?.terminate();
    expect(await loop.ended).toEqual({ how: "terminated" });
    expect(pool.status.ended).toMatchObject({ deaf: 1, lost: 0 });
  });

  test("B1: a process is killed that takes more memory than its limit, whatever took it", async () => {
    const executorRssBytes = 256 * 1024 * 1024;
    open({ limits: { executorRssBytes } });
    const hog = `const kept = []; for (;;) { kept.push(new Intl.DateTimeFormat("de")); if (kept.length % 100 === 0) text("x") }`;
    const { error } = await runCell(pool, hog, { sessionId: "hog" });
    expect(error?.code).toBe("executor_lost");
    expect(lost).toEqual([expect.stringMatching(/^SIGKILL: it had \d+ bytes of memory, more than 268435456/)]);
    expect(pool.status.ended).toMatchObject({ rss: 1, lost: 0 });
    // B6: it was that session's doing.
    const next = await startUp(pool, FOREVER, { sessionId: "hog" });
    expect(pool.status.processes.find(({ cells }) => cells === 1)?.role).toBe("own");
    next.running?.terminate();
    await next.ended;
  });
});
