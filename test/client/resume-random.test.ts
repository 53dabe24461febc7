import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reconnector } from "../../client/reconnector.ts";
import { type StateEvent, States } from "../../client/states.ts";
import { ToolHost } from "../../client/tools.ts";
import { Turn } from "../../client/turn.ts";
import type { Outcome } from "../../client/outcome.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { MemoryGateway } from "../gateway/memory-gateway.ts";
import type { FakeCell } from "../support/fake-executor.ts";
import { LossyDialer } from "./lossy-line.ts";

/** One step of the client, of a cell, or of the network. `pick` chooses among what there is. */
const step = fc.record({
  kind: fc.constantFrom(
    "execute",
    "yieldNow",
    "put",
    "flood",
    "notify",
    "call",
    "answer",
    "end",
    "up",
    "down",
    "exchange",
    "exchange",
    "cut",
    "reconnect",
    "breathe",
  ),
  pick: fc.nat(1_000),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A cell as the test follows it, from its `run` on. */
interface Run {
  readonly source: string;
  readonly started: string[];
  readonly heard: string[];
  readonly outcome: Promise<Outcome>;
  /** What its code put out, called and pushed. */
  readonly put: string[];
  readonly notified: string[];
  calls: number;
  /** Ended while calls of it may have been open. */
  endedEarly: boolean;
}

const textsOf = (items: readonly ContentItem[]) => items.map((item) => (item.type === "text" ? item.text : "image"));
const choose = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];

/** The SDK and the gateway, with a network in between that loses what is under way. */
class Scenario {
  readonly gateway: MemoryGateway;
  readonly dialer: LossyDialer;
  readonly runs: Run[] = [];
  readonly heard: string[] = [];
  readonly ran = new Map<string, number>();
  readonly waiting = new Map<string, (value: string) => void>();
  readonly events: StateEvent[] = [];
  readonly errors: unknown[] = [];
  #turn: Turn | undefined;
  #count = 0;

  constructor(limits: Partial<Limits>) {
    this.gateway = new MemoryGateway({ ...limits, frameNodes: 1_000 });
    this.dialer = new LossyDialer(this.gateway);
  }

  get turn(): Turn {
    if (!this.#turn) throw new Error("not begun");
    return this.#turn;
  }

  async begin(): Promise<void> {
    const run = (_: unknown, { callId }: { callId: string }) => {
      this.ran.set(callId, (this.ran.get(callId) ?? 0) + 1);
      return new Promise((resolve) => this.waiting.set(callId, resolve));
    };
    const host = new ToolHost({ t: { description: "", run } }, ({ text }) => void this.heard.push(text));
    const reconnector = new Reconnector(this.dialer, { baseMs: 0 });
    const states = new States((event) => this.events.push(event));
    const onError = (error: unknown) => void this.errors.push(error);
    const tools = [{ name: "t", description: "" }];
    const turn = this.dialer.dial(
      { type: "hello", tools },
      (channel, welcome) => new Turn(channel, welcome, { host, reconnector, states, onError }),
    );
    this.#exchange();
    this.#turn = await turn;
  }

  async take({ kind, pick }: Step): Promise<void> {
    const { line } = this.dialer;
    const cell = choose(this.#live, pick);
    const run = this.#runOf(cell);
    const text = String((this.#count += 1));
    switch (kind) {
      case "execute":
        return this.#execute(text);
      case "yieldNow":
        return this.turn.yieldNow(choose(this.runs, pick)?.started[0] ?? "");
      case "put":
        run?.put.push(text);
        return cell?.put(text);
      case "flood": {
        // Several frames of content.
        const texts = Array.from({ length: 700 }, (_, index) => `${text}.${index}`);
        run?.put.push(...texts);
        return cell?.put(...texts);
      }
      case "notify":
        run?.notified.push(text);
        return cell?.notify(text);
      case "call":
        if (run) run.calls += 1;
        return void cell?.call("t");
      case "answer":
        return this.#answer(choose([...this.waiting.keys()], pick));
      case "end":
        if (run) run.endedEarly = true;
        return cell?.end();
      case "up":
        return line?.moveUp(1 + (pick % 3));
      case "down":
        return line?.moveDown(1 + (pick % 3));
      case "exchange":
        return this.#exchange();
      case "cut":
        return line?.cut();
      case "reconnect":
        await vi.advanceTimersByTimeAsync(0);
        return this.#exchange();
      case "breathe":
        await vi.advanceTimersByTimeAsync(10);
        return;
      default:
        kind satisfies never;
    }
  }

  /** Lets everything come to its end. */
  async conclude(): Promise<void> {
    for (;;) {
      await vi.advanceTimersByTimeAsync(10);
      this.#exchange();
      for (const callId of this.waiting.keys()) this.#answer(callId);
      await vi.advanceTimersByTimeAsync(10);
      this.#exchange();
      if (this.dialer.line?.underWay === 0 && this.waiting.size === 0) break;
    }
    for (const cell of this.#live) cell.end();
    let open = this.runs.length;
    for (const { outcome } of this.runs) void outcome.finally(() => (open -= 1)).catch(() => {});
    for (let rounds = 0; rounds < 100; rounds++) {
      this.#exchange();
      await vi.advanceTimersByTimeAsync(10);
      if (open === 0) return;
    }
    throw new Error(`${open} promises never settled`);
  }

  get #live(): FakeCell[] {
    return this.gateway.executor.cells.filter(({ hasEnded }) => !hasEnded);
  }

  #runOf(cell: FakeCell | undefined): Run | undefined {
    return this.runs.find(({ source }) => source === cell?.start.source);
  }

  #execute(source: string): void {
    const heard: string[] = [];
    const started: string[] = [];
    const outcome = this.turn.run(source, {
      onStarted: (cellId) => started.push(cellId),
      onContent: (items) => void heard.push(...textsOf(items)),
    });
    this.runs.push({ source, started, heard, outcome, put: [], notified: [], calls: 0, endedEarly: false });
  }

  #answer(callId: string | undefined): void {
    if (callId === undefined) return;
    this.waiting.get(callId)?.(`answer to ${callId}`);
    this.waiting.delete(callId);
  }

  /** Everything that is under way arrives, and what it causes. */
  #exchange(): void {
    for (let { line } = this.dialer; line?.underWay; { line } = this.dialer) {
      line.moveUp(Infinity);
      line.moveDown(Infinity);
    }
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const gaps: Partial<Limits> = { replayFrames: 3 };

test.each<[string, Partial<Limits>]>([
  ["where the gateway keeps what was lost", {}],
  ["where frames are missed for good", gaps],
])("whatever is cut off and when, each cell and each call runs once, and content comes once, %s", async (_, limits) => {
  let cuts = 0;
  let incomplete = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
      const scenario = new Scenario(limits);
      await scenario.begin();
      for (const each of steps) await scenario.take(each);
      await scenario.conclude();

      const { gateway, runs, heard, ran, events } = scenario;
      const sources = gateway.executor.cells.map(({ start }) => start.source);
      expect(sources.toSorted()).toEqual(runs.map(({ source }) => source).toSorted());
      for (const run of runs) {
        const outcome = await run.outcome;
        expect(outcome.type).toBe("result");
        expect(textsOf(outcome.content)).toEqual(run.put);
        expect(run.heard).toEqual(run.put);
        expect(run.started).toEqual([outcome.cellId]);
        const cell = gateway.executor.cell(outcome.cellId);
        const answered = cell.answers.map(({ call }) => call);
        expect(new Set(answered).size).toBe(answered.length);
        if (!run.endedEarly) expect(answered).toHaveLength(run.calls);
        for (const { call, answer } of cell.answers) {
          expect(answer).toEqual({ ok: true, json: JSON.stringify(`answer to ${outcome.cellId}.${call}`) });
        }
        const own = heard.filter((text) => run.notified.includes(text));
        if (limits === gaps) expect(own).toEqual(run.notified.filter((text) => own.includes(text)));
        else expect(own).toEqual(run.notified);
      }
      expect([...ran.values()].every((times) => times === 1)).toBe(true);
      expect(new Set(heard).size).toBe(heard.length);
      expect(scenario.errors).toEqual([]);
      cuts += events.filter(({ state }) => state === "lost").length;
      incomplete += events.filter((event) => event.state === "resumed" && !event.complete).length;
      await scenario.turn.close();
    }),
    { numRuns: 100 },
  );
  expect(cuts).toBeGreaterThan(50);
  if (limits === gaps) expect(incomplete).toBeGreaterThan(10);
  else expect(incomplete).toBe(0);
});
