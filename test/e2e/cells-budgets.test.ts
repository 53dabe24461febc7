import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { cpuMsOf } from "../executor/process-signs.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, printTime, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";
import { UNSTOPPABLE } from "./stubborn-sources.ts";

const LOOP = "while (true) {}";
const cpuLimit = (maxCpuMs: number) => ({
  code: "cpu_limit",
  message: `exec cell used more CPU time than ${maxCpuMs} ms (maxCpuMs)`,
  limit: "maxCpuMs",
});

describe("B2: a cell that uses more than maxCpuMs ends with cpu_limit", () => {
  const gateway = sharedGateway({ executors: 2, limits: { maxCpuMs: 1_000 } });

  test("and keeps its content and its writes; the next cell runs", async () => {
    const turn = await sdkTurn(gateway());
    const start = performance.now();
    const { content, error, usage } = await turn.run(`text("t"); store("k", 1); ${LOOP}`);
    printTime("B2: a loop with 1,000 ms of CPU time", performance.now() - start, 1_250);
    expect(textsOf(content)).toEqual(["t"]);
    expect(error).toEqual(cpuLimit(1_000));
    expect(usage?.cpuMs).toBeGreaterThan(1_000);
    expect(usage?.wallMs).toBeGreaterThanOrEqual(1_000);
    expect(await turn.storedValues()).toEqual({ k: 1 });
    expect((await turn.run(`text(load("k"))`)).text).toBe("1");
  });

  test("so that eight endless loops under one CPU budget last about four times as long as two", async (context) => {
    // On more cores the eight would have as much of them as they want.
    context.skip(availableParallelism() > 2, "it takes a machine of two cores");
    const turns = await Promise.all(Array.from({ length: 8 }, () => sdkTurn(gateway())));
    const usedCpuMs = () =>
      gateway()
        .executorPids()
        .reduce((sum, pid) => sum + cpuMsOf(pid), 0);
    const run = async (count: number): Promise<{ wallMs: number; cpuMs: number }> => {
      const [start, before] = [performance.now(), usedCpuMs()];
      const outcomes = await Promise.all(turns.slice(0, count).map((turn) => turn.run(LOOP)));
      for (const { error } of outcomes) expect(error).toEqual(cpuLimit(1_000));
      return { wallMs: performance.now() - start, cpuMs: usedCpuMs() - before };
    };
    await run(2);
    const [two, eight] = [await run(2), await run(8)];
    printTime("B2: two endless loops with 1,000 ms of CPU time each", two.wallMs, 1_250);
    printTime("B2: the CPU time that they had in all", two.cpuMs, 2_000);
    printTime("B2: eight endless loops with 1,000 ms of CPU time each", eight.wallMs, 4 * two.wallMs);
    printTime("B2: the CPU time that they had in all", eight.cpuMs, 8_000);
    // What they had by the kernel's count, whatever else the machine does.
    expect(eight.cpuMs / two.cpuMs).toBeGreaterThan(2.2);
    expect(eight.cpuMs / two.cpuMs).toBeLessThan(7);
    // Where others take part of the two cores, two loops have less of them than they want, and eight lose less by it.
    if (two.wallMs > 1_600) return;
    expect(eight.wallMs / two.wallMs).toBeGreaterThan(2.2);
    expect(eight.wallMs / two.wallMs).toBeLessThan(7);
  }, 90_000);

  test("even code that cannot be interrupted, at the cost of its process", async () => {
    const own = await runningGateway({ limits: { maxCpuMs: 300 } });
    const turn = await CellTurn.open(own);
    const result = await turn.run(`text("t"); store("k", 1); ${UNSTOPPABLE}`);
    expect(textsOf(result.content)).toEqual(["t"]);
    expect(result.error).toEqual(cpuLimit(300));
    const id = turn.ask({ type: "stored_values" });
    expect((await turn.next("stored_values", { id })).values).toEqual({ k: 1 });
    expect((await turn.run("1")).error).toBeUndefined();
  });

  test("but waiting is free: one that waits for a tool may do so for much longer", async () => {
    const own = await runningGateway({ limits: { maxCpuMs: 500 } });
    const tools = { slow: { description: "Takes two seconds.", run: () => sleep(2_000, "done") } };
    const turn = await sdkTurn(own, { tools });
    const { error, text, usage } = await turn.run(`text(await tools.slow())`);
    expect(error).toBeUndefined();
    expect(text).toBe("done");
    expect(usage?.wallMs).toBeGreaterThanOrEqual(1_990);
    expect(usage?.cpuMs).toBeLessThan(500);
  });
});

describe("B2: the usage of an outcome", () => {
  const gateway = sharedGateway();

  test("of a cell that does little", async () => {
    const turn = await sdkTurn(gateway());
    const { usage } = await turn.run("1");
    expect(usage).toMatchObject({ cpuMs: expect.any(Number), toolCalls: 0 });
    expect(usage?.cpuMs).toBeLessThan(1_000);
  });

  test("of a cell that works, calls and keeps", async () => {
    const tools = { f: { description: "Does nothing.", run: () => "f" } };
    const turn = await sdkTurn(gateway(), { tools });
    const { error, usage } = await turn.run(`
      const kept = [];
      for (let i = 0; i < 30; i++) {
        const until = Date.now() + 30;
        while (Date.now() < until);
        kept.push(new Uint8Array(100_000).fill(i));
        await tools.f();
      }`);
    expect(error).toBeUndefined();
    expect(usage?.toolCalls).toBe(30);
    expect(usage?.wallMs).toBeGreaterThanOrEqual(890);
    expect(usage?.cpuMs).toBeGreaterThan(150);
    expect(usage?.cpuMs).toBeLessThanOrEqual(usage?.wallMs ?? 0);
    expect(usage?.heapBytes).toBeGreaterThan(500_000);
    expect(usage?.heapBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test("of a cell that is terminated, for the terminator and the waiter; a cell that is not there has none", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold("await tools.hold()");
    const id = turn.terminate(cell.cellId);
    const toWaiter = await turn.next("terminated", { id: cell.id });
    expect(toWaiter.usage).toMatchObject({ toolCalls: 1 });
    expect((await turn.next("terminated", { id })).usage).toEqual(toWaiter.usage);
    const wait = turn.wait("no-such-cell");
    expect(await turn.next("result", { id: wait })).not.toHaveProperty("usage");
  });
});

test("B5: list_cells shows the CPU time and the heap of a cell that works in slices, and they grow", async () => {
  const gateway = await runningGateway();
  const turn = await sdkTurn(gateway);
  const cell = await turn.execute(
    `
    globalThis.kept = [];
    for (;;) {
      const until = Date.now() + 20;
      while (Date.now() < until);
      if (kept.length < 100) kept.push(new Uint8Array(200_000).fill(1));
      await new Promise((done) => setTimeout(done, 10));
    }`,
    { yieldMs: 0 },
  );
  /** Asks until the figures are above these. */
  const above = async (cpuMs: number, heapBytes: number) => {
    for (;;) {
      const [status] = await turn.listCells();
      if ((status?.cpuMs ?? 0) > cpuMs && (status?.heapBytes ?? 0) > heapBytes) return status;
    }
  };
  const first = await above(0, 0);
  await above((first?.cpuMs ?? 0) + 100, (first?.heapBytes ?? 0) + 1_000_000);
  expect((await turn.terminate(cell.cellId)).usage?.heapBytes).toBeGreaterThan(first?.heapBytes ?? Infinity);
});
