import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExecutorSettings } from "../../src/executor/messages.ts";
import { Pool } from "../../src/executor/pool.ts";
import { type Answerer, echo, type Outcome, outcomeOf } from "../executor/cell-record.ts";
import { settings as defaults, startCell } from "../executor/pool-cells.ts";
import { endsOf, type HostileCell, type HostileTable } from "./hostile-cell.ts";
import { Neighbour, Watch } from "./neighbour.ts";

/** How long a cell that is to be told to stop goes on before. */
const MEANWHILE_MS = 100;

/** What no answer to a neighbour may take, on a machine however busy; the table that is printed has what it takes. */
const SLOWEST_MS = 5_000;

interface Row {
  readonly cell: HostileCell;
  readonly outcome: Outcome;
  readonly tookMs: number;
  readonly terminatedMs: number | undefined;
  /** Slowest answers while the cell ran: of the neighbour in the same process, and of the one in another. */
  readonly besideMs: number;
  readonly elsewhereMs: number;
  readonly hasNeighbour: boolean;
}

/**
 * Tests of hostile cells, one after another in one process. Each must end as it says. A cell of another session in the
 * same process must answer before, all the while and after, unless the table says that the process is the price; and a
 * cell in another process whatever happens. The table of what became of them is printed.
 */
export function testHostile(table: HostileTable, more: Partial<ExecutorSettings> = {}): void {
  describe.each([table])("$claim", ({ cells, heapBytes }) => {
    const rows: Row[] = [];
    let pool: Pool;
    let otherPool: Pool;
    let beside: Neighbour;
    let elsewhere: Neighbour;
    beforeAll(() => {
      const limits = heapBytes ? { ...defaults.limits, heapBytes } : defaults.limits;
      const settings = { ...defaults, limits, ...more };
      // One that is replaced for its memory is as well as before, but would not have the next cell.
      const options = { executors: 1, settings, limits: { recycleRssBytes: Infinity } };
      pool = new Pool(options);
      otherPool = new Pool(options);
      beside = new Neighbour(pool);
      elsewhere = new Neighbour(otherPool);
    });
    afterAll(async () => {
      await Promise.all([pool.close(), otherPool.close()]);
      console.log(rows.map(printRow).join("\n"));
    });

    test.each(cells)("$does", async (cell) => {
      // The one before may have cost the process.
      if ((await beside.ask()) === undefined) beside = new Neighbour(pool);
      expect(await beside.ask()).toBeDefined();
      const [pid] = pool.pids;
      const row = await run(pool, cell, new Watch(beside), new Watch(elsewhere));
      rows.push(row);
      check(row);
      expect(await elsewhere.ask()).toBeDefined();
      if (row.hasNeighbour) expect(pool.pids).toEqual([pid]);
    });

    test("the process, or the one in its place, goes on after all of them", async () => {
      expect(await new Neighbour(pool).ask()).toBeDefined();
    });
  });
}

async function run(pool: Pool, cell: HostileCell, beside: Watch, elsewhere: Watch): Promise<Row> {
  const at = performance.now();
  let terminatedAt: number | undefined;
  const answer: Answerer = (call, reply) => {
    if (call.tool === "bad") reply({ ok: false, message: "no luck", code: "E_BAD" });
    else (cell.answer ?? echo)(call, reply);
  };
  const record = startCell(pool, cell.source, { tools: ["echo", "bad"], answer });
  if (cell.terminate) {
    const expected = cell.texts?.length === 0 ? 0 : 1;
    await record.until(({ texts, events }) => texts.length >= expected && events.length > 0);
    await new Promise((resolve) => setTimeout(resolve, MEANWHILE_MS));
    terminatedAt = performance.now();
    record.running?.terminate();
  }
  const outcome = await outcomeOf(record);
  const now = performance.now();
  const terminatedMs = terminatedAt && now - terminatedAt;
  const [besideMs, elsewhereMs] = [await beside.stop(), await elsewhere.stop()];
  const hasNeighbour = (await beside.neighbour.ask()) !== undefined;
  return { cell, outcome, tookMs: now - at, terminatedMs, besideMs, elsewhereMs, hasNeighbour };
}

function check({ cell, outcome, hasNeighbour, elsewhereMs, besideMs }: Row): void {
  const { how, error, texts } = outcome;
  const ends = endsOf(cell);
  expect(ends).toContain(ends.includes(how) ? how : (error?.message ?? how));
  if (cell.texts) expect(texts).toEqual(cell.texts);
  if (cell.says) expect(texts.at(-1)).toBe(cell.says);
  if (cell.message) expect(error?.message).toContain(cell.message);
  // Nothing of this machine is told.
  expect(error?.message ?? "").not.toMatch(/file:(?!\/\/\/etc\/passwd)|node:|\/src\/|\.ts\b/);
  if (cell.costsProcess !== "perhaps") expect(hasNeighbour).toBe(cell.costsProcess !== "yes");
  expect(Math.max(besideMs, elsewhereMs)).toBeLessThan(SLOWEST_MS);
}

function printRow({ cell, outcome, tookMs, terminatedMs, besideMs, elsewhereMs, hasNeighbour }: Row): string {
  const ms = (given: number) => `${given.toFixed(given < 10 ? 1 : 0)} ms`;
  return [
    cell.does.slice(0, 60).padEnd(60),
    outcome.how.padEnd(14),
    `${outcome.events.length} events`.padStart(15),
    ms(tookMs).padStart(9),
    (terminatedMs === undefined ? "" : `terminate ${ms(terminatedMs)}`).padStart(17),
    `neighbours ${hasNeighbour ? ms(besideMs) : "lost"}`.padStart(20),
    `and ${ms(elsewhereMs)}`,
  ].join(" ");
}
