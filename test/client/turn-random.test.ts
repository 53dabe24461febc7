import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../client/outcome.ts";
import { ToolHost } from "../../client/tools.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";

/** One step of either side. `pick` chooses among what there is. */
const step = fc.record({
  kind: fc.constantFrom(
    "execute",
    "wait",
    "terminate",
    "list",
    "ping",
    "abort",
    "started",
    "content",
    "answer",
    "refuse",
    "pong",
    "call",
    "cancel",
    "breathe",
  ),
  pick: fc.nat(1_000),
  texts: fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.boolean()), { maxLength: 4 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A request as the test follows it. */
interface Asked {
  readonly controller: AbortController;
  readonly heard: ContentItem[];
  readonly result: Promise<{ outcome?: Outcome; error?: unknown }>;
  settlements: number;
}

/** The gateway's view of a request that a cell answers. */
interface Served {
  readonly id: number;
  readonly type: "execute" | "wait" | "terminate";
  started: boolean;
  /** What was said for it, its cut items joined. */
  readonly content: string[];
  cut: boolean;
  /** How it was answered, once it was. */
  answer: "yielded" | "refused" | undefined;
}

class Scenario {
  readonly gateway = new FakeGateway();
  readonly errors: unknown[] = [];
  readonly runs = new Map<string, number>();
  readonly cancelled = new Set<string>();
  readonly turn = this.gateway.welcome({
    onError: (error) => this.errors.push(error),
    host: new ToolHost({
      t: { description: "", run: (_, { callId }) => void this.runs.set(callId, (this.runs.get(callId) ?? 0) + 1) },
    }),
  });
  readonly asked = new Map<number, Asked>();
  readonly served: Served[] = [];
  readonly others: Promise<unknown>[] = [];
  #seen = 0;

  async take({ kind, pick, texts }: Step): Promise<void> {
    const { gateway, turn } = this;
    switch (kind) {
      case "execute":
        this.#ask((options) => turn.execute("1", options));
        break;
      case "wait":
        this.#ask((options) => turn.wait(`cell ${pick % 3}`, options));
        break;
      case "terminate":
        this.#ask(({ signal }) => turn.terminate("cell 0", { signal }));
        break;
      case "list":
        this.others.push(turn.listCells().catch(() => {}));
        break;
      case "ping":
        this.others.push(turn.ping().catch(() => {}));
        break;
      case "abort":
        choose([...this.asked.values()], pick)?.controller.abort(new Error("aborted"));
        break;
      case "pong":
        gateway.deliver({ type: "pong", received: 1 });
        break;
      case "call":
        gateway.say({ type: "tool_call", callId: `c.${pick % 5}`, cellId: "c", name: "t", kind: "function" });
        break;
      case "cancel":
        this.cancelled.add(`c.${pick % 5}`);
        gateway.say({ type: "tool_cancel", callId: `c.${pick % 5}`, reason: "ended" });
        break;
      case "breathe":
        await settled();
        break;
      default:
        this.#serve(kind, pick, texts);
    }
    this.#look();
  }

  /** The gateway's part in a request that a cell answers. */
  #serve(kind: "started" | "content" | "answer" | "refuse", pick: number, texts: Step["texts"]): void {
    const open = this.served.filter(({ answer }) => answer === undefined);
    const request = choose(open, pick);
    if (!request) return;
    const { gateway } = this;
    const { id } = request;
    const cellId = `cell ${id}`;
    const cancel = gateway.all("cancel").some((frame) => frame.id === id);
    if (kind === "refuse") {
      if (request.started) return;
      gateway.say({ type: "error", id, code: cancel ? "cancelled" : "cell_busy", message: "no" });
      request.answer = "refused";
      return;
    }
    if (request.type === "execute" && !request.started) gateway.say({ type: "started", id, cellId });
    request.started = true;
    if (kind === "started") return;
    const content = texts.map(([text, more], index): ContentItem => {
      const goesOn = more && (kind === "content" || index < texts.length - 1);
      if (request.cut) request.content.push((request.content.pop() ?? "") + text);
      else request.content.push(text);
      request.cut = goesOn;
      return goesOn ? { type: "text", text, more: true } : { type: "text", text };
    });
    if (kind === "content") return gateway.say({ type: "content", id, cellId, content });
    gateway.say({ type: "yielded", id, cellId, content });
    request.answer = "yielded";
  }

  #ask(start: (options: { signal: AbortSignal; onContent: (items: ContentItem[]) => void }) => Promise<Outcome>): void {
    const controller = new AbortController();
    const heard: ContentItem[] = [];
    const outcome = start({ signal: controller.signal, onContent: (items) => heard.push(...items) });
    const id = Math.max(0, ...this.gateway.sent.map((frame) => ("id" in frame ? frame.id : 0)));
    const asked: Asked = {
      controller,
      heard,
      settlements: 0,
      result: outcome.then(
        (outcome) => (asked.settlements++, { outcome }),
        (error: unknown) => (asked.settlements++, { error }),
      ),
    };
    this.asked.set(id, asked);
  }

  /** Takes in what the client has sent since, and holds it against what a gateway may expect. */
  #look(): void {
    for (const frame of this.gateway.sent.slice(this.#seen)) {
      const ack = frame.type === "ack" ? frame.seq : frame.ack;
      expect(ack ?? 0).toBeLessThanOrEqual(this.gateway.seq);
      if (frame.type === "execute" || frame.type === "wait" || frame.type === "terminate") {
        this.served.push({
          id: frame.id,
          type: frame.type,
          started: false,
          content: [],
          cut: false,
          answer: undefined,
        });
      }
    }
    this.#seen = this.gateway.sent.length;
  }
}

const choose = <T>(list: T[], pick: number): T | undefined => list[pick % list.length];

const textsOf = (items: readonly ContentItem[]): string[] =>
  items.map((item) => (item.type === "text" && item.more === undefined ? item.text : "marked"));

test("whatever happens, every promise settles once, and content comes once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), fc.boolean(), async (steps, lost) => {
      const scenario = new Scenario();
      const { gateway, turn } = scenario;
      for (const each of steps) await scenario.take(each);
      if (lost) gateway.end(1006);
      else void turn.close();
      await turn.closed;
      await Promise.all(scenario.others);

      for (const [id, asked] of scenario.asked) {
        const { outcome, error } = await asked.result;
        expect(asked.settlements).toBe(1);
        const served = scenario.served.find((request) => request.id === id);
        if (outcome) {
          expect(served?.answer).toBe("yielded");
          expect(textsOf(outcome.content)).toEqual(served?.content);
          if (served?.type !== "terminate") expect(asked.heard).toEqual(outcome.content);
        } else {
          expect(error).toBeInstanceOf(Error);
          // What was answered is lost only where its own signal says that nobody wants it: a wait never is.
          if (served?.answer === "yielded") expect(asked.controller.signal.aborted).toBe(true);
          if (served?.type === "wait") expect(served.answer).not.toBe("yielded");
        }
      }

      const requests = gateway.sent.filter((frame) => "id" in frame && !["cancel", "yield"].includes(frame.type));
      expect(requests.map((frame) => "id" in frame && frame.id)).toEqual(requests.map((_, index) => index + 1));

      const acks = gateway.sent.map((frame) => (frame.type === "ack" ? frame.seq : frame.ack)).filter((ack) => ack);
      expect(acks).toEqual([...new Set(acks)].toSorted((a = 0, b = 0) => a - b));
      if (!lost) expect(acks.at(-1) ?? 0).toBe(gateway.seq);

      for (const [callId, runs] of scenario.runs) {
        expect(runs).toBe(1);
        const answers = gateway.all("tool_result").filter((frame) => frame.callId === callId);
        expect(answers.length).toBeLessThanOrEqual(1);
      }
      expect(scenario.errors).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
