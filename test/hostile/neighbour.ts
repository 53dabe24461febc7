import type { Pool } from "../../src/executor/pool.ts";
import { type CellRecord } from "../executor/cell-record.ts";
import { startCell } from "../executor/pool-cells.ts";

/** A cell of another session, which answers whenever it is asked. */
export class Neighbour {
  readonly #record: CellRecord;

  constructor(pool: Pool) {
    this.#record = startCell(pool, `for (;;) text(await tools.ask())`, { tools: ["ask"] });
  }

  /** Milliseconds that its answer took, or undefined where it is no more. One question at a time. */
  async ask(): Promise<number | undefined> {
    const record = this.#record;
    const hasEnded = () => record.events.at(-1)?.type === "ended";
    await record.until(({ events }) => hasEnded() || events.at(-1)?.type === "tool_call");
    const call = record.events.at(-1);
    if (call?.type !== "tool_call") return undefined;
    const at = performance.now();
    record.events.length = 0;
    record.running?.answer(call.call, { ok: true, json: '"here"' });
    await record.until(({ texts }) => hasEnded() || texts.length > 0);
    return hasEnded() ? undefined : performance.now() - at;
  }
}

/** Between two questions of a {@link Watch}. */
const PAUSE_MS = 10;

/** Asks a neighbour again and again, until it is stopped or the neighbour is no more. */
export class Watch {
  readonly neighbour: Neighbour;
  readonly #slowest: Promise<number>;
  #stopped = false;

  constructor(neighbour: Neighbour) {
    this.neighbour = neighbour;
    this.#slowest = this.#watch();
  }

  /** Resolves with how long the slowest answer took, in milliseconds, when the last question is answered. */
  stop(): Promise<number> {
    this.#stopped = true;
    return this.#slowest;
  }

  async #watch(): Promise<number> {
    let slowest = 0;
    while (!this.#stopped) {
      const tookMs = await this.neighbour.ask();
      if (tookMs === undefined) return slowest;
      slowest = Math.max(slowest, tookMs);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return slowest;
  }
}
