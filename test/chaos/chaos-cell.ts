import { setTimeout as delay } from "node:timers/promises";
import type { Outcome, Turn } from "../../client/index.ts";
import { textsOf } from "../e2e/cell-turn.ts";
import { type CellPlan, type Expected, expectedOf, sourceOf } from "./cell-plan.ts";

/** What one turn got of a cell. */
export interface Share {
  /** Of the answers of `execute` and `wait`. */
  readonly texts: string[];
  /** Of the answer of `terminate`: the last there is. */
  readonly lastTexts: string[];
  readonly notifications: string[];
  /** How the cell ended, as often as this turn was told. */
  readonly outcomes: Outcome[];
}

/** A cell that is run under chaos: what its agent does about it, and what came of it. */
export class ChaosCell {
  readonly plan: CellPlan;
  readonly expected: Expected;
  /** Of the agent's first and second turn. */
  readonly shares: readonly [Share, Share] = [emptyShare(), emptyShare()];
  /** More than one: it ran more than once. */
  readonly cellIds = new Set<string>();
  /** Ids of its calls, by their inputs. */
  readonly callIds = new Map<string, Set<string>>();
  /** Its agent wanted to hear no more of it. */
  isAborted = false;
  /** How often the first turn was told that it has started. */
  started = 0;
  /** What the first turn got of its content as it appeared. */
  readonly streamed: string[] = [];

  constructor(plan: CellPlan) {
    this.plan = plan;
    this.expected = expectedOf(plan);
  }

  /** How it ended. Undefined: nobody was told. */
  get outcome(): Outcome | undefined {
    const [first, second] = this.shares;
    return first.outcomes[0] ?? second.outcomes[0];
  }

  /** A tool was called by it. */
  called(input: string, callId: string): void {
    this.callIds.set(input, (this.callIds.get(input) ?? new Set()).add(callId));
  }

  /** Goes about the cell as it is planned, in the agent's first turn. */
  async drive(turn: Turn): Promise<void> {
    const { name, drive, beatMs } = this.plan;
    const source = sourceOf(this.plan);
    const started = Promise.withResolvers<string>();
    const onStarted = (cellId: string) => {
      this.started += 1;
      this.cellIds.add(cellId);
      started.resolve(cellId);
    };
    const options = { toolCallId: name, onStarted };
    switch (drive) {
      case "run":
        return this.#take(await turn.run(source, options), 0);
      case "stream": {
        const onContent = (items: Outcome["content"]) => void this.streamed.push(...textsOf(items));
        return this.#take(await turn.run(source, { ...options, onContent }), 0);
      }
      case "waits":
        return this.waitOut(turn, 0, await turn.execute(source, { ...options, yieldMs: beatMs }), beatMs);
      case "leaves":
        return this.#take(await turn.execute(source, { ...options, yieldMs: 0 }), 0);
      case "nudges": {
        const nudging = setInterval(() => turn.yieldNow([...this.cellIds][0] ?? ""), beatMs);
        try {
          return await this.waitOut(turn, 0, await turn.execute(source, { ...options, yieldMs: null }), null);
        } finally {
          clearInterval(nudging);
        }
      }
      case "cancels":
        return this.#cancelWaits(turn, await turn.execute(source, { ...options, yieldMs: 0 }));
      case "terminates": {
        const over = this.#executeAndWait(turn, source, options);
        const cellId = await Promise.race([started.promise, over]);
        if (cellId === undefined) return;
        await delay(beatMs);
        await Promise.all([over, this.terminate(turn, 0, cellId)]);
        return;
      }
      case "aborts": {
        const signal = AbortSignal.timeout(beatMs);
        try {
          return this.#take(await turn.run(source, { ...options, signal }), 0);
        } catch (error) {
          if (error !== signal.reason) throw error;
          this.isAborted = true;
          return;
        }
      }
      default:
        drive satisfies never;
    }
  }

  /** Waits until it is over. `turn` is the agent's first or second one, as `index` says. */
  async waitOut(turn: Turn, index: 0 | 1, before: Outcome | undefined, yieldMs: number | null): Promise<void> {
    if (before) this.#take(before, index);
    const [cellId = ""] = this.cellIds;
    for (let outcome = before; !outcome || outcome.type === "yielded";) {
      outcome = await turn.wait(cellId, { yieldMs });
      this.#take(outcome, index);
    }
  }

  /** Terminates it, and takes what that brings. */
  async terminate(turn: Turn, index: 0 | 1, cellId: string): Promise<void> {
    const outcome = await turn.terminate(cellId);
    const { lastTexts, outcomes } = this.shares[index];
    lastTexts.push(...textsOf(outcome.content));
    if (!isNotFound(outcome)) outcomes.push(outcome);
  }

  async #executeAndWait(turn: Turn, source: string, options: object): Promise<undefined> {
    await this.waitOut(turn, 0, await turn.execute(source, { ...options, yieldMs: null }), null);
  }

  async #cancelWaits(turn: Turn, started: Outcome): Promise<void> {
    this.#take(started, 0);
    const { cellId } = started;
    const { beatMs } = this.plan;
    for (let times = 0; times < 3; times++) {
      const signal = AbortSignal.timeout(beatMs);
      try {
        const outcome = await turn.wait(cellId, { yieldMs: null, signal });
        this.#take(outcome, 0);
        if (outcome.type !== "yielded") return;
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
    await this.waitOut(turn, 0, undefined, null);
  }

  #take(outcome: Outcome, index: 0 | 1): void {
    const { texts, outcomes } = this.shares[index];
    this.cellIds.add(outcome.cellId);
    texts.push(...textsOf(outcome.content));
    if (outcome.type !== "yielded" && !isNotFound(outcome)) outcomes.push(outcome);
  }
}

function emptyShare(): Share {
  return { texts: [], lastTexts: [], notifications: [], outcomes: [] };
}

function isNotFound({ error }: Outcome): boolean {
  return error?.code === "cell_not_found";
}
