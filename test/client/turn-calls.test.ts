import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConnectionError, ToolCancelledError } from "../../client/errors.ts";
import { type ToolContext, ToolHost } from "../../client/tools.ts";
import type { CellStatus } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { ResumingTurn } from "./resuming-turn.ts";

let fixture: ResumingTurn;
/** The calls that run, by their ids. */
let calls: Map<string, ToolContext>;
let answers: Map<string, (value: unknown) => void>;
let runs: number;
let notified: string[];

beforeEach(() => {
  vi.useFakeTimers();
  calls = new Map();
  answers = new Map();
  runs = 0;
  notified = [];
  const run = (_: unknown, context: ToolContext) => {
    runs += 1;
    calls.set(context.callId, context);
    return new Promise((resolve) => answers.set(context.callId, resolve));
  };
  const host = new ToolHost({ t: { description: "", run } }, ({ text }) => void notified.push(text));
  fixture = new ResumingTurn({}, { host });
});

afterEach(() => {
  vi.useRealTimers();
});

const offer = (callId: string, attempt?: number) =>
  fixture.gateway.say({ type: "tool_call", callId, cellId: "c", name: "t", kind: "function", attempt });

async function answer(callId: string, value: unknown = callId): Promise<void> {
  answers.get(callId)?.(value);
  await vi.advanceTimersByTimeAsync(0);
}

/** The calls whose answers were sent on the latest connection. */
const answered = () => fixture.gateway.all("tool_result").map(({ callId }) => callId);

const running: CellStatus = { cellId: "c", state: "running", ageMs: 1, openCalls: 1, unreadBytes: 0 };

describe("a cut (rule T6)", () => {
  test("does not disturb a handler, whose answer goes over the next connection", async () => {
    offer("c.1");
    await fixture.cutAndResume({ openCalls: ["c.1"] });
    expect(calls.get("c.1")?.signal.aborted).toBe(false);
    await answer("c.1");
    expect(answered()).toEqual(["c.1"]);
  });

  test("lets an answer wait that comes while there is no connection", async () => {
    offer("c.1");
    await fixture.cut();
    await answer("c.1", "meanwhile");
    fixture.resume({ openCalls: ["c.1"] });
    expect(fixture.gateway.all("tool_result")).toEqual([{ type: "tool_result", callId: "c.1", value: "meanwhile" }]);
  });

  test("that took an answer with it is made up for: it is sent again where the call is open still", async () => {
    offer("c.1");
    offer("c.2");
    await answer("c.1");
    await answer("c.2");
    await fixture.cutAndResume({ openCalls: ["c.2"] });
    expect(answered()).toEqual(["c.2"]);
    await fixture.cutAndResume({ openCalls: ["c.2"] });
    expect(answered()).toEqual(["c.2"]);
    await fixture.cutAndResume({ openCalls: [] });
    expect(answered()).toEqual([]);
    await fixture.cutAndResume({ openCalls: ["c.2"] });
    expect(answered()).toEqual([]);
  });

  test("has no call run again: an offer that comes once more waits for the first run", async () => {
    offer("c.1");
    await fixture.cutAndResume({ openCalls: ["c.1"], resumed: false, seq: 5, cells: [running] });
    offer("c.1", 2);
    await answer("c.1");
    expect(runs).toBe(1);
    expect(answered()).toEqual(["c.1"]);
  });

  test("has no call run again that was answered: the answer is sent again", async () => {
    offer("c.1");
    await answer("c.1", "first");
    await fixture.cutAndResume({ openCalls: ["c.1"], resumed: false, seq: 5, cells: [running] });
    offer("c.1", 2);
    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toBe(1);
    expect(fixture.gateway.all("tool_result")).toMatchObject([{ callId: "c.1", value: "first" }]);
  });

  test("that took a tool_cancel with it is made up for: a call that is not open is aborted", async () => {
    offer("c.1");
    offer("c.2");
    await fixture.cutAndResume({ openCalls: ["c.2"], resumed: false, seq: 5, cells: [running] });
    expect(calls.get("c.1")?.signal.reason).toBeInstanceOf(ToolCancelledError);
    expect(calls.get("c.1")?.signal.reason).toMatchObject({ code: "ended" });
    expect(calls.get("c.2")?.signal.aborted).toBe(false);
    await answer("c.1");
    expect(answered()).toEqual([]);
  });

  test("that was filled leaves it to the tool_cancel that follows, with its reason", async () => {
    offer("c.1");
    await fixture.cutAndResume({ openCalls: [] });
    expect(calls.get("c.1")?.signal.aborted).toBe(false);
    fixture.gateway.say({ type: "tool_cancel", callId: "c.1", reason: "terminated" });
    expect(calls.get("c.1")?.signal.reason).toMatchObject({ code: "terminated" });
  });

  test("leaves notifications in order, each once", async () => {
    const notify = (text: string) => fixture.gateway.say({ type: "notify", cellId: "c", text });
    notify("a");
    notify("b");
    await fixture.cutAndResume();
    fixture.gateway.seq = 1;
    notify("b");
    notify("c");
    await vi.advanceTimersByTimeAsync(0);
    expect(notified).toEqual(["a", "b", "c"]);
  });
});

describe("the end of a turn", () => {
  test("aborts the handlers, when it comes", async () => {
    offer("c.1");
    await fixture.cut();
    expect(calls.get("c.1")?.signal.aborted).toBe(false);
    fixture.dialer.latest.fail(new ConnectionError("", { code: "taken_over", retryable: false, closeCode: 4409 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.get("c.1")?.signal.reason).toMatchObject({ name: "ConnectionError", code: "taken_over" });
  });
});

describe("answers", () => {
  test("are not kept beyond the pong that counts them", async () => {
    for (const callId of ["c.1", "c.2", "c.3"]) offer(callId);
    await answer("c.1");
    await answer("c.2");
    const counted = fixture.gateway.sent.length;
    await answer("c.3");
    fixture.gateway.deliver({ type: "pong", received: counted });
    await fixture.cutAndResume({ openCalls: ["c.1", "c.2", "c.3"] });
    expect(answered()).toEqual(["c.3"]);
  });

  test("are followed by a ping after each mebibyte, so that no more of them need to be kept", async () => {
    const pings = () => fixture.gateway.all("ping").length;
    offer("c.1");
    await answer("c.1", "x".repeat(1024 * 1024));
    expect(pings()).toBe(1);
    offer("c.2");
    await answer("c.2", "x".repeat(1_000_000));
    expect(pings()).toBe(1);
    offer("c.3");
    await answer("c.3", "x".repeat(100_000));
    expect(pings()).toBe(2);
  });

  test("are followed by a ping after each 256", async () => {
    for (let call = 1; call <= 512; call++) {
      offer(`c.${call}`);
      await answer(`c.${call}`);
      expect(fixture.gateway.all("ping")).toHaveLength(Math.floor(call / 256));
    }
  });

  test("are not kept, nor asked after, where the turn ends with its connection", async () => {
    const gateway = new FakeGateway();
    gateway.welcome({ host: new ToolHost({ t: { description: "", run: () => "x".repeat(1_500_000) } }) });
    gateway.say({ type: "tool_call", callId: "c.1", cellId: "c", name: "t", kind: "function" });
    await vi.advanceTimersByTimeAsync(0);
    expect(gateway.sent.map(({ type }) => type)).toEqual(["tool_result"]);
  });

  test("that were too large for something on the way are replaced by an error, which names the limit", async () => {
    offer("c.1");
    offer("c.2");
    await answer("c.1", "small");
    await answer("c.2", "x".repeat(10_000));
    await fixture.cut(1009);
    fixture.resume({ openCalls: ["c.1", "c.2"] });
    expect(answered()).toEqual(["c.1"]);
    expect(fixture.gateway.all("tool_error")).toMatchObject([{ callId: "c.2", code: "result_too_large" }]);
  });
});
