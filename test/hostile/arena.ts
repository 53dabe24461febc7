import { afterAll, beforeAll, expect, test } from "vitest";
import { Pool } from "../../src/executor/pool.ts";
import { type Answerer, type CellRecord, echo, type Outcome, outcomeOf } from "../executor/cell-record.ts";
import { settings, startCell } from "../executor/pool-cells.ts";

/** A hostile cell, and what becomes of it and of its neighbour. */
export interface HostileCell {
  readonly does: string;
  readonly source: string;
  /** `finished`, `terminated` or the code of its error. Default: `finished`. Several where V8 may choose. */
  readonly ends?: string | readonly string[];
  /** What it puts out, in full. */
  readonly texts?: readonly string[];
  /** What it puts out last. */
  readonly says?: string;
  /** Part of the message of its error. */
  readonly message?: string;
  /** Whether it is told to stop, after its first text, if any, and a while in which the neighbour is asked. */
  readonly terminate?: boolean;
  /** Whether it takes its process along, which costs the neighbour its life. Default: no. */
  readonly killsProcess?: boolean;
  /** How calls of `echo` are answered. Default: with their input. Calls of `bad` fail. */
  readonly answer?: Answerer;
}

/** How long a cell that is to be told to stop goes on before. */
const MEANWHILE_MS = 100;

interface Row {
  readonly cell: HostileCell;
  readonly outcome: Outcome;
  readonly tookMs: number;
  readonly terminatedMs: number | undefined;
  /** The neighbour's slowest answer while the cell ran. */
  readonly meanwhileMs: number | undefined;
  readonly answeredMs: number | undefined;
}

/**
 * Tests of hostile cells, one after another in one process with one neighbour. Each must end as it says, and the
 * neighbour must answer before and after. The table of what became of them is printed.
 */
export function testHostile(cells: readonly HostileCell[], heapBytes?: number): void {
  const rows: Row[] = [];
  let pool: Pool;
  let neighbour: Neighbour;
  beforeAll(() => {
    const limits = heapBytes ? { ...settings.limits, heapBytes } : settings.limits;
    // One that is replaced for its memory is as well as before, but would not have the next cell.
    pool = new Pool({ executors: 1, settings: { ...settings, limits }, limits: { recycleRssBytes: Infinity } });
    neighbour = new Neighbour(pool);
  });
  afterAll(async () => {
    await pool.close();
    console.log(rows.map(printRow).join("\n"));
  });

  test.each(cells)("$does", async (cell) => {
    expect(await neighbour.ask()).toBeDefined();
    const [pid] = pool.pids;
    const row = await run(pool, cell, neighbour);
    rows.push(row);
    check(row);
    if (row.answeredMs === undefined) neighbour = new Neighbour(pool);
    else expect(pool.pids).toEqual([pid]);
    expect(await neighbour.ask()).toBeDefined();
  });
}

async function run(pool: Pool, cell: HostileCell, neighbour: Neighbour): Promise<Row> {
  const at = performance.now();
  let terminatedAt: number | undefined;
  let meanwhileMs: number | undefined;
  const answer: Answerer = (call, reply) => {
    if (call.tool === "bad") reply({ ok: false, message: "no luck", code: "E_BAD" });
    else (cell.answer ?? echo)(call, reply);
  };
  const record = startCell(pool, cell.source, { tools: ["echo", "bad"], answer });
  if (cell.terminate) {
    const expected = cell.texts?.length === 0 ? 0 : 1;
    await record.until(({ texts, events }) => texts.length >= expected && events.length > 0);
    meanwhileMs = await askFor(MEANWHILE_MS, neighbour);
    terminatedAt = performance.now();
    record.running?.terminate();
  }
  const outcome = await outcomeOf(record);
  const now = performance.now();
  const terminatedMs = terminatedAt && now - terminatedAt;
  return { cell, outcome, tookMs: now - at, terminatedMs, meanwhileMs, answeredMs: await neighbour.ask() };
}

/** Asks the neighbour again and again. Returns how long its slowest answer took. */
async function askFor(durationMs: number, neighbour: Neighbour): Promise<number> {
  const until = performance.now() + durationMs;
  let slowest = 0;
  while (performance.now() < until) {
    const tookMs = await neighbour.ask();
    expect(tookMs).toBeDefined();
    slowest = Math.max(slowest, tookMs as number);
  }
  return slowest;
}

function check({ cell, outcome, answeredMs }: Row): void {
  const { how, error, texts } = outcome;
  const ends = [cell.ends ?? (cell.terminate ? "terminated" : "finished")].flat();
  expect(ends).toContain(ends.includes(how) ? how : (error?.message ?? how));
  if (cell.texts) expect(texts).toEqual(cell.texts);
  if (cell.says) expect(texts.at(-1)).toBe(cell.says);
  if (cell.message) expect(error?.message).toContain(cell.message);
  // Nothing of this machine is told.
  expect(error?.message ?? "").not.toMatch(/file:|node:|\/src\/|\.ts\b/);
  if (!cell.killsProcess) expect(answeredMs).toBeDefined();
}

/** A cell of another session in the same process, which answers whenever it is asked. */
class Neighbour {
  readonly #record: CellRecord;

  constructor(pool: Pool) {
    this.#record = startCell(pool, `for (;;) text(await tools.ask())`, { tools: ["ask"] });
  }

  /** Milliseconds that its answer took, or undefined where it is no more. */
  async ask(): Promise<number | undefined> {
    const record = this.#record;
    const hasEnded = () => record.events.at(-1)?.type === "ended";
    await record.until(({ events }) => hasEnded() || events.at(-1)?.type === "tool_call");
    const call = record.events.at(-1);
    if (call?.type !== "tool_call") return undefined;
    const at = performance.now();
    const before = record.texts.length;
    record.running?.answer(call.call, { ok: true, json: '"here"' });
    await record.until(({ texts }) => hasEnded() || texts.length > before);
    return hasEnded() ? undefined : performance.now() - at;
  }
}

function printRow({ cell, outcome, tookMs, terminatedMs, meanwhileMs, answeredMs }: Row): string {
  const ms = (given: number | undefined, otherwise: string) =>
    given === undefined ? otherwise : `${given.toFixed(given < 10 ? 1 : 0)} ms`;
  return [
    cell.does.slice(0, 60).padEnd(60),
    outcome.how.padEnd(14),
    `${outcome.events.length} events`.padStart(15),
    ms(tookMs, "").padStart(9),
    (terminatedMs === undefined ? "" : `terminate ${ms(terminatedMs, "")}`).padStart(17),
    `neighbour ${ms(answeredMs, "lost")}`.padStart(18),
    meanwhileMs === undefined ? "" : ` (meanwhile ${ms(meanwhileMs, "")})`,
  ].join(" ");
}
