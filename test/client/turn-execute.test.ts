import { describe, expect, test } from "vitest";
import { UnsentError } from "../../client/errors.ts";
import { Outcome } from "../../client/outcome.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";
import { cellId, text, welcomedTurn } from "./welcomed-turn.ts";

describe("execute", () => {
  test("asks with what it is given, and leaves out what it is not", () => {
    const { gateway, turn } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type, id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome(type, cellId, [text("a")]));
  });

  test("resolves where the code failed: a script's error is data", async () => {
    const { gateway, turn } = welcomedTurn();
    const error = { code: "script_error", message: "no", line: 1, column: 7 } as const;
    const outcome = turn.execute("throw 1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "result", id: 1, cellId, content: [], error });
    expect((await outcome).error).toEqual(error);
  });

  test.each(["result", "terminated"] as const)("B2: resolves with what the cell used, by %s", async (type) => {
    const { gateway, turn } = welcomedTurn();
    const usage = { wallMs: 20, cpuMs: 10, heapBytes: 1_000, toolCalls: 2 };
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type, id: 1, cellId, content: [], usage });
    expect((await outcome).usage).toEqual(usage);
  });

  test("tells the cell's id as soon as it exists", () => {
    const { gateway, turn } = welcomedTurn();
    const started: string[] = [];
    void turn.execute("1", { onStarted: (id) => started.push(id) });
    gateway.say({ type: "started", id: 1, cellId });
    expect(started).toEqual([cellId]);
  });

  test("puts content that came before the answer in front of it, and joins what was cut", async () => {
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "content", id: 1, cellId, content: [text("a"), { type: "text", text: "b", more: true }] });
    gateway.say({ type: "content", id: 1, cellId, content: [{ type: "text", text: "c", more: true }] });
    gateway.say({ type: "result", id: 1, cellId, content: [text("d"), text("e")] });
    expect((await outcome).content).toStrictEqual([text("a"), text("bcd"), text("e")]);
  });

  test("gives content to onContent as it appears, in whole items, and in the outcome nevertheless", async () => {
    const { gateway, turn } = welcomedTurn();
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
    const { gateway, turn, errors } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
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
    const gateway = new FakeGateway({ sourceBytes: 10 });
    const turn = gateway.welcome();
    void turn.execute("ééééé");
    await expect(turn.execute("éééééé")).rejects.toEqual(
      new UnsentError("execute.source: expected at most 10 bytes (sourceBytes), got 12", "source_too_large"),
    );
    expect(gateway.sent).toHaveLength(1);
  });

  test("rejects a frame over the limit without sending it, and uses up no answer", async () => {
    const gateway = new FakeGateway({ frameBytes: 200 });
    const turn = gateway.welcome();
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
    const { gateway, turn } = welcomedTurn();
    const controller = new AbortController();
    const outcome = turn.execute("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    controller.abort(new Error("enough"));
    expect(gateway.last("terminate")).toMatchObject({ id: 2, cellId });
    await expect(outcome).rejects.toThrow("enough");
  });

  test("terminates a cell that was given up before it started, as soon as it has", async () => {
    const { gateway, turn, errors } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
    const controller = new AbortController();
    const outcome = turn.execute("1", { signal: controller.signal });
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    await outcome;
    controller.abort();
    expect(gateway.all("terminate")).toEqual([]);
  });

  test("is quiet about a termination that is refused after it was given up", async () => {
    const { gateway, turn, errors } = welcomedTurn();
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

describe("run", () => {
  test("never yields by time, and resolves with the final outcome", async () => {
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.run("1", { toolCallId: "t" });
    expect(gateway.sent).toStrictEqual([{ type: "execute", id: 1, source: "1", toolCallId: "t", yieldMs: null }]);
    gateway.say({ type: "started", id: 1, cellId });
    gateway.say({ type: "result", id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome("result", cellId, [text("a")]));
  });

  test("waits again as often as the cell yields by itself, and joins all content", async () => {
    const { gateway, turn } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
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
