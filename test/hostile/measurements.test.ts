import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Pool } from "../../src/executor/pool.ts";
import { type Answerer, echo, outcomeOf } from "../executor/cell-record.ts";
import { runCell, settings, startCell } from "../executor/pool-cells.ts";
import { rssOf } from "../executor/process-signs.ts";

const FLOOD_MS = 3_000;

/** What large amounts cost, printed. Only what would be wrong on any machine is asserted. */
describe("measured", () => {
  const lines: string[] = [];
  let pool: Pool;
  beforeAll(async () => {
    pool = new Pool({ executors: 1, settings });
    await runCell(pool, "1");
  });
  afterAll(async () => {
    console.log(lines.join("\n"));
    await pool.close();
  });

  /** Runs `work`, and prints how long it took and how long it kept this process from its event loop. */
  async function measure(what: string, work: () => Promise<string>): Promise<void> {
    const lag = monitorEventLoopDelay({ resolution: 2 });
    lag.enable();
    const at = performance.now();
    const more = await work();
    const tookMs = performance.now() - at;
    lag.disable();
    const held = `loop held up for ${(lag.max / 1e6 - 2).toFixed(0)} ms at most`;
    lines.push(`${what}: ${tookMs.toFixed(0)} ms, ${held}${more && `, ${more}`}`);
  }

  const run =
    (source: string, count: number, answer: Answerer = echo) =>
    async () => {
      const { how, events } = await runCell(pool, source, { tools: ["echo"], answer });
      expect(how).toBe("finished");
      // The cell's start and end are two.
      expect(events).toHaveLength(count + 2);
      return "";
    };

  test("200,000 texts in one cell", () =>
    measure("200,000 texts", run(`for (let i = 0; i < 200_000; i++) text("line " + i)`, 200_000)));

  test("10,000 notifications in one cell", () =>
    measure("10,000 notifications", run(`for (let i = 0; i < 10_000; i++) notify("line " + i)`, 10_000)));

  test("1,000 parallel calls", () =>
    measure(
      "1,000 parallel calls",
      run(`await Promise.all(Array.from({ length: 1_000 }, (_, i) => tools.echo(i)))`, 1_000),
    ));

  test("1,000 calls, one after the other", () =>
    measure("1,000 calls in sequence", run(`for (let i = 0; i < 1_000; i++) await tools.echo(i)`, 1_000)));

  test("1,000 cells that do nothing", () =>
    measure("1,000 cells, one after the other", async () => {
      for (let count = 0; count < 1_000; count++) await runCell(pool, `text("x")`, { sessionId: "one" });
      return "";
    }));

  test("an endless flood of texts, which the gateway reads", () =>
    measure(`for (;;) text("x".repeat(1000)) for ${FLOOD_MS / 1_000} s`, async () => {
      const record = startCell(pool, `for (;;) text("x".repeat(1000))`);
      const [pid] = pool.pids;
      const before = rssOf(process.pid);
      let own = 0;
      let child = 0;
      let items = 0;
      const sample = setInterval(() => {
        own = Math.max(own, rssOf(process.pid));
        child = Math.max(child, rssOf(pid as number));
        // Read and forgotten, as a gateway does with content past its bound.
        items += record.events.splice(1).length;
      }, 20);
      await new Promise((resolve) => setTimeout(resolve, FLOOD_MS));
      const at = performance.now();
      record.running?.terminate();
      expect((await outcomeOf(record)).how).toBe("terminated");
      const terminateMs = performance.now() - at;
      clearInterval(sample);
      expect(terminateMs).toBeLessThan(500);
      expect(pool.pids).toEqual([pid]);
      const memory = `this process ${before.toFixed(0)} to ${own.toFixed(0)} MB, executor at most ${child.toFixed(0)} MB`;
      return `${items} texts, ${memory}, terminate ${terminateMs.toFixed(1)} ms`;
    }));
});
