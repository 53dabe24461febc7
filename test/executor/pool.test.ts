import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { Pool } from "../../src/executor/pool.ts";
import { outcomeOf } from "./cell-record.ts";
import { runCell, settings, startCell, startUp } from "./pool-cells.ts";
import { isAlive, untilGone } from "./process-signs.ts";

const lostError = { code: "executor_lost", message: "exec runtime ended unexpectedly" };

describe("a pool of executors", () => {
  let pool: Pool;
  let lost: string[];
  let onLost: (why: string) => void;

  function open(executors: number, given = settings): Pool {
    lost = [];
    onLost = () => {};
    pool = new Pool({
      executors,
      settings: given,
      onLost(why) {
        lost.push(why);
        onLost(why);
      },
    });
    return pool;
  }
  afterEach(() => pool.close());

  const untilLost = () =>
    new Promise<string>((resolve) => {
      onLost = resolve;
    });

  test("runs a cell that was started before its process is ready", async () => {
    const { how, texts } = await runCell(open(1), `text("first")`);
    expect([how, texts]).toEqual(["finished", ["first"]]);
  });

  test("C11: a cell that is terminated before its process is ready does not wait for that", async () => {
    open(1);
    process.kill(pool.pids[0] as number, "SIGSTOP");
    const cell = startCell(pool, "1");
    cell.running?.terminate();
    expect(await cell.ended).toEqual({ how: "terminated" });
    expect(cell.events).toHaveLength(1);
  });

  test("gives each cell to the process with the fewest", async () => {
    open(3);
    const cells = await Promise.all(Array.from({ length: 6 }, () => startUp(pool, "await new Promise(() => {})")));
    const why = untilLost();
    process.kill(pool.pids[0] as number, "SIGKILL");
    await why;
    expect(cells.filter(({ events }) => events.at(-1)?.type === "ended")).toHaveLength(2);
  });

  test("C14: the loss of a process ends its cells with executor_lost, and they keep what they had put out", async () => {
    open(1);
    const cell = await startUp(pool, `text("kept"); store("k", 1); notify("n"); await tools.f()`, { tools: ["f"] });
    await cell.until(({ events }) => events.some(({ type }) => type === "tool_call"));
    process.kill(pool.pids[0] as number, "SIGKILL");
    const { error, texts, events } = await outcomeOf(cell);
    expect(error).toEqual(lostError);
    expect(texts).toEqual(["up", "kept"]);
    expect(events.map(({ type }) => type).slice(2)).toEqual(["content", "write", "notify", "tool_call", "ended"]);
    cell.running?.answer(1, { ok: true });
    cell.running?.terminate();
  });

  test("C14: the loss of a process ends its own cells and no others", async () => {
    open(2);
    const cells = await Promise.all([0, 1].map(() => startUp(pool, "await tools.f(); text('on')", { tools: ["f"] })));
    process.kill(pool.pids[0] as number, "SIGKILL");
    await untilLost();
    for (const cell of cells) cell.running?.answer(1, { ok: true });
    const ends = await Promise.all(cells.map(({ ended }) => ended));
    expect(ends.map(({ how }) => how).toSorted()).toEqual(["failed", "finished"]);
  });

  test("C14: a new process takes the place of a lost one at once", async () => {
    open(1);
    await runCell(pool, "1");
    const [before] = pool.pids;
    process.kill(before as number, "SIGKILL");
    expect(await untilLost()).toContain("SIGKILL");
    expect(pool.pids).toHaveLength(1);
    expect(pool.pids[0]).not.toBe(before);
    expect((await runCell(pool, `text("again")`)).texts).toEqual(["again"]);
  });

  test("C14: a cell that is being terminated when its process dies ends as terminated", async () => {
    open(1);
    const cell = await startUp(pool, "await new Promise(() => {})");
    process.kill(pool.pids[0] as number, "SIGSTOP");
    cell.running?.terminate();
    process.kill(pool.pids[0] as number, "SIGKILL");
    expect(await cell.ended).toEqual({ how: "terminated" });
  });

  test("C12: a native function that cannot be interrupted costs the process its life, within 500 ms", async () => {
    open(1);
    const sibling = await startUp(pool, "await new Promise(() => {})");
    const cell = await startUp(pool, "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)");
    const [pid] = pool.pids;
    const why = untilLost();
    const at = performance.now();
    cell.running?.terminate();
    expect(await cell.ended).toEqual({ how: "terminated" });
    const tookMs = performance.now() - at;
    console.log(`terminate of a native function that does not stop: ${tookMs.toFixed(0)} ms`);
    // 500 ms on a machine that has nothing else to do, and five times that on one where other tests run. That it was not
    // lost for being deaf, which takes longer, is said by why it was lost.
    expect(tookMs).toBeLessThan(2_500);
    expect(isAlive(pid as number)).toBe(false);
    expect((await outcomeOf(sibling)).error).toEqual(lostError);
    expect(await why).toMatch(/does not stop/);
    expect((await runCell(pool, "text(1)")).texts).toEqual(["1"]);
  });

  test("C12: so does one that a cell leaves behind when it ends", async () => {
    open(1);
    const why = untilLost();
    const { how, texts } = await runCell(
      pool,
      `text("done"); Promise.resolve().then(() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)); exit()`,
    );
    expect([how, texts]).toEqual(["finished", ["done"]]);
    // `exit` ends the code before the promise has its turn: nothing is left behind.
    const slow = await runCell(
      pool,
      `setTimeout(() => 1); (async () => { await null; await null; await null; await null; Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) })()`,
    );
    expect(slow.how).toBe("finished");
    expect(await why).toMatch(/does not stop/);
    expect((await runCell(pool, "text(1)")).texts).toEqual(["1"]);
  });

  test("C12: terminate of a process that is deaf kills it", async () => {
    open(1);
    const cell = await startUp(pool, "await new Promise(() => {})");
    const [pid] = pool.pids;
    process.kill(pid as number, "SIGSTOP");
    cell.running?.terminate();
    expect(await cell.ended).toEqual({ how: "terminated" });
    await untilGone(pid as number, 1_000);
  });

  test("closing ends live cells with executor_lost, and all processes", async () => {
    open(2);
    const cell = await startUp(pool, "for (;;);");
    const { pids } = pool;
    await Promise.all([pool.close(), pool.close()]);
    expect((await outcomeOf(cell)).error).toEqual(lostError);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
    expect(lost).toEqual([]);
    expect(pool.pids).toEqual([]);
  });

  test("a pool that is closed ends cells with executor_lost, after `start` has returned", async () => {
    open(1);
    await pool.close();
    const record = startCell(pool, "text(1)");
    expect(record.events).toEqual([]);
    expect((await outcomeOf(record)).error?.code).toBe("executor_lost");
  });

  test("a process that cannot be started is tried again, and cells meanwhile end with executor_lost", async () => {
    // An argument may have 128 KiB on Linux.
    const fat: typeof settings & { junk?: string } = { ...settings, junk: "x".repeat(200_000) };
    open(1, fat);
    const { error } = await runCell(pool, "text(1)");
    expect(error?.code).toBe("executor_lost");
    delete fat.junk;
    let again = await runCell(pool, "text(1)");
    while (again.how !== "finished") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      again = await runCell(pool, "text(1)");
    }
    expect(again.texts).toEqual(["1"]);
    expect(lost[0]).toContain("E2BIG");
    // One at the start, and at most one more before the argument was short.
    expect(lost.length).toBeLessThan(4);
  });

  test("a gateway without descriptors for a new process goes on, and has one as soon as it can", async () => {
    const program = fileURLToPath(new URL("without-descriptors.ts", import.meta.url));
    const command = `ulimit -n 60; exec ${process.execPath} ${program}`;
    const { stdout } = await promisify(execFile)("sh", ["-c", command]);
    open(0);
    const said = JSON.parse(stdout);
    expect(said.lost.toSorted()).toEqual(["SIGKILL", "SIGKILL", expect.stringContaining("EMFILE")]);
    expect(said.first.error).toEqual(lostError);
    expect(said.second.code).toBe("executor_lost");
    expect(said.third).toEqual(["again"]);
  });
});
