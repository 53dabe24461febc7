import { beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, RequestError, UnsentError } from "../../client/errors.ts";
import { Outcome } from "../../client/outcome.ts";
import type { Turn } from "../../client/turn.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";

const text = (text: string): ContentItem => ({ type: "text", text });
const cellId = "cell";

let gateway: FakeGateway;
let turn: Turn;
let errors: unknown[];

beforeEach(() => {
  errors = [];
  gateway = new FakeGateway();
  turn = gateway.welcome({ onError: (error) => errors.push(error) });
});

describe("execute", () => {
  test("asks with what it is given, and leaves out what it is not", () => {
    void turn.execute("1");
    void turn.execute("2", { toolCallId: "t", tools: ["a"], yieldMs: 0, maxWallMs: 5, onContent: () => {} });
    expect(gateway.sent).toStrictEqual([
      { type: "execute", id: 1, source: "1" },
      {
        type: "execute",
        id: 2,
        source: "2",
        toolCallId: "t",
        tools: ["a"],
        yieldMs: 0,
        stream: true,
        maxWallMs: 5,
      },
    ]);
  });

  test.each(["yielded", "result", "terminated"] as const)("resolves with %s", async (type) => {
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type, id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome(type, cellId, [text("a")]));
  });

  test("resolves where the code failed: a script's error is data", async () => {
    const error = { code: "script_error", message: "no", line: 1, column: 7 } as const;
    const outcome = turn.execute("throw 1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "result", id: 1, cellId, content: [], error });
    expect((await outcome).error).toEqual(error);
  });

  test.each(["result", "terminated"] as const)("B2: resolves with what the cell used, by %s", async (type) => {
    const usage = { wallMs: 20, cpuMs: 10, heapBytes: 1_000, toolCalls: 2 };
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type, id: 1, cellId, content: [], usage });
    expect((await outcome).usage).toEqual(usage);
  });

  test("tells the cell's id as soon as it exists", () => {
    const started: string[] = [];
    void turn.execute("1", { onStarted: (id) => started.push(id) });
    gateway.say({ type: "started", id: 1, cellId });
    expect(started).toEqual([cellId]);
  });

  test("puts content that came before the answer in front of it, and joins what was cut", async () => {
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "content", id: 1, cellId, content: [text("a"), { type: "text", text: "b", more: true }] });
    gateway.say({ type: "content", id: 1, cellId, content: [{ type: "text", text: "c", more: true }] });
    gateway.say({ type: "result", id: 1, cellId, content: [text("d"), text("e")] });
    expect((await outcome).content).toStrictEqual([text("a"), text("bcd"), text("e")]);
  });

  test("gives content to onContent as it appears, in whole items, and in the outcome nevertheless", async () => {
    const heard: ContentItem[][] = [];
    const outcome = turn.execute("1", { onContent: (items) => heard.push(items) });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "content", id: 1, cellId, content: [text("a"), { type: "text", text: "b", more: true }] });
    expect(heard).toEqual([[text("a")]]);
    gateway.say({ type: "result", id: 1, cellId, content: [text("c")] });
    expect(heard).toEqual([[text("a")], [text("bc")]]);
    expect((await outcome).content).toEqual([text("a"), text("bc")]);
  });

  test("reports what its callbacks throw or reject with, and goes on", async () => {
    const outcome = turn.execute("1", {
      onStarted: () => {
        throw new Error("started");
      },
      // What the types forbid does no harm either.
      onContent: () => Promise.reject(new Error("content")) as never,
    });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "result", id: 1, cellId, content: [text("a")] });
    expect((await outcome).text).toBe("a");
    await settled();
    expect(errors).toEqual([new Error("started"), new Error("content")]);
  });

  test("rejects where it is refused, with the session's live cells where there are too many", async () => {
    const cells = [{ cellId: "old", state: "running", ageMs: 5, openCalls: 0, unreadBytes: 0 } as const];
    const outcome = turn.execute("1");
    gateway.say({ type: "error", id: 1, code: "too_many_cells", message: "128 live cells", cells });
    await expect(outcome).rejects.toMatchObject({
      name: "RequestError",
      code: "too_many_cells",
      retryable: true,
      message: "128 live cells",
      cells,
    });
  });

  test("rejects a source over the limit without sending it", async () => {
    gateway = new FakeGateway({ sourceBytes: 10 });
    turn = gateway.welcome();
    void turn.execute("ééééé");
    await expect(turn.execute("éééééé")).rejects.toEqual(
      new UnsentError("execute.source: expected at most 10 bytes (sourceBytes), got 12", "source_too_large"),
    );
    expect(gateway.sent).toHaveLength(1);
  });

  test("rejects a frame over the limit without sending it, and uses up no answer", async () => {
    gateway = new FakeGateway({ frameBytes: 200 });
    turn = gateway.welcome();
    const refused = turn.execute("1", { toolCallId: "x".repeat(200) });
    await expect(refused).rejects.toMatchObject({
      name: "UnsentError",
      code: "bad_frame",
      message: expect.stringMatching(/^execute: .*254 bytes.*200/),
      cause: expect.any(Error),
    });
    expect(gateway.sent).toEqual([]);
    gateway.end(1006);
  });

  test("rejects at once when its signal is aborted, and terminates the cell", async () => {
    const controller = new AbortController();
    const outcome = turn.execute("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    controller.abort(new Error("enough"));
    expect(gateway.last("terminate")).toMatchObject({ id: 2, cellId });
    await expect(outcome).rejects.toThrow("enough");
  });

  test("terminates a cell that was given up before it started, as soon as it has", async () => {
    const heard: unknown[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = turn.execute("1", { signal, onStarted: (id) => heard.push(id), onContent: (c) => heard.push(c) });
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    expect(gateway.all("terminate")).toEqual([]);
    gateway.say({ type: "started", id: 1, cellId });
    expect(gateway.last("terminate")).toMatchObject({ id: 2, cellId });
    gateway.say({ type: "terminated", id: 1, cellId, content: [text("a")] });
    gateway.say({ type: "terminated", id: 2, cellId, content: [] });
    await settled();
    expect(heard).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("terminates nothing that was answered before its signal is aborted", async () => {
    const controller = new AbortController();
    const outcome = turn.execute("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    await outcome;
    controller.abort();
    expect(gateway.all("terminate")).toEqual([]);
  });

  test("is quiet about a termination that is refused after it was given up", async () => {
    const controller = new AbortController();
    const outcome = turn.execute("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    controller.abort(new Error("enough"));
    gateway.say({ type: "error", id: 2, code: "cell_terminating", message: "already" });
    await expect(outcome).rejects.toThrow("enough");
    await settled();
    expect(errors).toEqual([]);
  });
});

describe("wait", () => {
  test("asks with what it is given and resolves with the cell's next answer", async () => {
    const outcome = turn.wait(cellId, { yieldMs: null, onContent: () => {} });
    expect(gateway.sent).toStrictEqual([{ type: "wait", id: 1, cellId, yieldMs: null, stream: true }]);
    gateway.say({ type: "yielded", id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome("yielded", cellId, [text("a")]));
  });

  test("resolves for a cell that is not there: that is an answer", async () => {
    const error = { code: "cell_not_found", message: "exec cell cell not found", reason: "expired" } as const;
    const outcome = turn.wait(cellId);
    gateway.say({ type: "result", id: 1, cellId, content: [], error });
    expect((await outcome).error).toEqual(error);
  });

  test("rejects where another waits already", async () => {
    const outcome = turn.wait(cellId);
    gateway.say({ type: "error", id: 1, code: "cell_busy", message: "busy" });
    await expect(outcome).rejects.toMatchObject({ code: "cell_busy", retryable: true });
  });

  test("takes itself back when its signal is aborted, and rejects with the reason", async () => {
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    controller.abort(new Error("enough"));
    expect(gateway.last("cancel")).toEqual({ type: "cancel", id: 1 });
    gateway.say({ type: "error", id: 1, code: "cancelled", message: "the wait was cancelled" });
    await expect(outcome).rejects.toThrow("enough");
    expect(gateway.all("terminate")).toEqual([]);
  });

  test("loses no answer that crosses its cancel: it resolves with it", async () => {
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    controller.abort(new Error("enough"));
    gateway.say({ type: "result", id: 1, cellId, content: [text("a")] });
    expect((await outcome).text).toBe("a");
  });

  test("loses no content that came before it was taken back: onContent was given it", async () => {
    const heard: ContentItem[] = [];
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal, onContent: (items) => heard.push(...items) });
    controller.abort(new Error("enough"));
    gateway.say({ type: "content", id: 1, cellId, content: [text("a")] });
    gateway.say({ type: "error", id: 1, code: "cancelled", message: "the wait was cancelled" });
    await expect(outcome).rejects.toThrow("enough");
    expect(heard).toEqual([text("a")]);
  });

  test("says so where a newer turn cancelled it, and not its own signal", async () => {
    const outcome = turn.wait(cellId, { signal: new AbortController().signal });
    gateway.say({ type: "error", id: 1, code: "cancelled", message: "taken over" });
    await expect(outcome).rejects.toBeInstanceOf(RequestError);
  });

  test("cancels nothing that was answered before its signal is aborted", async () => {
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    await outcome;
    controller.abort();
    expect(gateway.all("cancel")).toEqual([]);
  });
});

describe("run", () => {
  test("never yields by time, and resolves with the final outcome", async () => {
    const outcome = turn.run("1", { toolCallId: "t" });
    expect(gateway.sent).toStrictEqual([{ type: "execute", id: 1, source: "1", toolCallId: "t", yieldMs: null }]);
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "result", id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome("result", cellId, [text("a")]));
  });

  test("waits again as often as the cell yields by itself, and joins all content", async () => {
    const heard: ContentItem[] = [];
    const error = { code: "script_error", message: "no" } as const;
    const outcome = turn.run("1", { onContent: (items) => heard.push(...items) });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "yielded", id: 1, cellId, content: [text("a")] });
    await settled();
    expect(gateway.last("wait")).toMatchObject({ id: 2, cellId, yieldMs: null, stream: true });
    gateway.say({ type: "content", id: 2, cellId, content: [text("b")] });
    gateway.say({ type: "yielded", id: 2, cellId, content: [] });
    await settled();
    gateway.say({ type: "result", id: 3, cellId, content: [text("c")], error });
    expect(await outcome).toEqual(new Outcome("result", cellId, [text("a"), text("b"), text("c")], error));
    expect(heard).toEqual([text("a"), text("b"), text("c")]);
  });

  test("terminates the cell when its signal is aborted while it waits", async () => {
    const controller = new AbortController();
    const outcome = turn.run("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    await settled();
    controller.abort(new Error("enough"));
    expect(gateway.last("terminate")).toMatchObject({ id: 3, cellId });
    expect(gateway.all("cancel")).toEqual([]);
    await expect(outcome).rejects.toThrow("enough");
  });

  test("terminates the cell when its signal is aborted just after it yielded", async () => {
    const controller = new AbortController();
    const outcome = turn.run("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    expect(gateway.all("terminate")).toHaveLength(1);
    expect(gateway.all("wait")).toEqual([]);
  });
});

describe("terminate", () => {
  test.each(["terminated", "result"] as const)("resolves with %s", async (type) => {
    const outcome = turn.terminate(cellId);
    expect(gateway.sent).toStrictEqual([{ type: "terminate", id: 1, cellId }]);
    gateway.say({ type, id: 1, cellId, content: [text("left")] });
    expect(await outcome).toEqual(new Outcome(type, cellId, [text("left")]));
  });

  test("rejects when its signal is aborted, and ignores the late answer", async () => {
    const controller = new AbortController();
    const outcome = turn.terminate(cellId, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    gateway.say({ type: "terminated", id: 1, cellId, content: [] });
    await settled();
    expect(errors).toEqual([]);
  });
});

describe("yieldNow", () => {
  test("has the pending wait or execute of the cell answered", () => {
    void turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    void turn.wait("other");
    turn.yieldNow(cellId);
    turn.yieldNow("other");
    expect(gateway.all("yield").map(({ id }) => id)).toEqual([1, 2]);
  });

  test("does nothing where this turn has none, and addresses no terminate", () => {
    void turn.terminate(cellId);
    turn.yieldNow(cellId);
    void turn.wait(cellId);
    gateway.say({ type: "yielded", id: 2, cellId, content: [] });
    turn.yieldNow(cellId);
    expect(gateway.all("yield")).toEqual([]);
  });
});

describe("a signal that was aborted before", () => {
  const signal = AbortSignal.abort(new Error("before"));

  test.each<[string, () => Promise<unknown>]>([
    ["execute", () => turn.execute("1", { signal })],
    ["run", () => turn.run("1", { signal })],
    ["wait", () => turn.wait(cellId, { signal })],
    ["terminate", () => turn.terminate(cellId, { signal })],
    ["setTools", () => turn.setTools({}, { signal })],
    ["listCells", () => turn.listCells({ signal })],
    ["storedValues", () => turn.storedValues({ signal })],
    ["replaceStoredValues", () => turn.replaceStoredValues({}, { signal })],
    ["ping", () => turn.ping({ signal })],
    ["endSession", () => turn.endSession({ signal })],
  ])("keeps %s from sending anything", async (_, ask) => {
    await expect(ask()).rejects.toThrow("before");
    expect(gateway.sent).toEqual([]);
  });
});

test("an answer of the wrong kind fails its request, and no other", async () => {
  const outcome = turn.execute("1");
  const cells = turn.listCells();
  gateway.say({ type: "ok", id: 1 });
  gateway.say({ type: "ok", id: 2 });
  await expect(outcome).rejects.toMatchObject({
    code: "unexpected_answer",
    message: /expected that of a cell, got ok/,
  });
  await expect(cells).rejects.toMatchObject({ code: "unexpected_answer", message: /expected cells, got ok/ });
});

test("an answer for nobody is ignored", () => {
  gateway.say({ type: "result", id: 9, cellId, content: [] });
  gateway.say({ type: "ok", id: 9 });
  gateway.deliver({ type: "pong", received: 1 });
  gateway.deliver(gateway.welcomeFrame());
  expect(errors).toEqual([]);
});

test("a refusal of what was no request is reported", () => {
  const refused = { type: "error", code: "bad_frame", message: "tool_result.value: too deep" } as const;
  gateway.say(refused);
  gateway.say({ type: "error", code: "duplicate_id", message: "twice", requestId: 1 });
  expect(errors).toMatchObject([new RequestError(refused), { code: "duplicate_id" }]);
});

test("a connection that is lost rejects what is under way", async () => {
  const outcome = turn.run("1");
  gateway.end(1006);
  await expect(outcome).rejects.toBeInstanceOf(ConnectionError);
});
