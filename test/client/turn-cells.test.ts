import { describe, expect, test } from "vitest";
import { ConnectionError, RequestError } from "../../client/errors.ts";
import { Outcome } from "../../client/outcome.ts";
import type { Turn } from "../../client/turn.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { settled } from "./settled.ts";
import { cellId, text, welcomedTurn } from "./welcomed-turn.ts";

describe("wait", () => {
  test("asks with what it is given and resolves with the cell's next answer", async () => {
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.wait(cellId, { yieldMs: null, onContent: () => {} });
    expect(gateway.sent).toStrictEqual([{ type: "wait", id: 1, cellId, yieldMs: null, stream: true }]);
    gateway.say({ type: "yielded", id: 1, cellId, content: [text("a")] });
    expect(await outcome).toEqual(new Outcome("yielded", cellId, [text("a")]));
  });

  test("resolves for a cell that is not there: that is an answer", async () => {
    const { gateway, turn } = welcomedTurn();
    const error = { code: "cell_not_found", message: "exec cell cell not found", reason: "expired" } as const;
    const outcome = turn.wait(cellId);
    gateway.say({ type: "result", id: 1, cellId, content: [], error });
    expect((await outcome).error).toEqual(error);
  });

  test("rejects where another waits already", async () => {
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.wait(cellId);
    gateway.say({ type: "error", id: 1, code: "cell_busy", message: "busy" });
    await expect(outcome).rejects.toMatchObject({ code: "cell_busy", retryable: true });
  });

  test("takes itself back when its signal is aborted, and rejects with the reason", async () => {
    const { gateway, turn } = welcomedTurn();
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    controller.abort(new Error("enough"));
    expect(gateway.last("cancel")).toEqual({ type: "cancel", id: 1 });
    gateway.say({ type: "error", id: 1, code: "cancelled", message: "the wait was cancelled" });
    await expect(outcome).rejects.toThrow("enough");
    expect(gateway.all("terminate")).toEqual([]);
  });

  test("loses no answer that crosses its cancel: it resolves with it", async () => {
    const { gateway, turn } = welcomedTurn();
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    controller.abort(new Error("enough"));
    gateway.say({ type: "result", id: 1, cellId, content: [text("a")] });
    expect((await outcome).text).toBe("a");
  });

  test("loses no content that came before it was taken back: onContent was given it", async () => {
    const { gateway, turn } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.wait(cellId, { signal: new AbortController().signal });
    gateway.say({ type: "error", id: 1, code: "cancelled", message: "taken over" });
    await expect(outcome).rejects.toBeInstanceOf(RequestError);
  });

  test("cancels nothing that was answered before its signal is aborted", async () => {
    const { gateway, turn } = welcomedTurn();
    const controller = new AbortController();
    const outcome = turn.wait(cellId, { signal: controller.signal });
    gateway.say({ type: "yielded", id: 1, cellId, content: [] });
    await outcome;
    controller.abort();
    expect(gateway.all("cancel")).toEqual([]);
  });
});

describe("terminate", () => {
  test.each(["terminated", "result"] as const)("resolves with %s", async (type) => {
    const { gateway, turn } = welcomedTurn();
    const outcome = turn.terminate(cellId);
    expect(gateway.sent).toStrictEqual([{ type: "terminate", id: 1, cellId }]);
    gateway.say({ type, id: 1, cellId, content: [text("left")] });
    expect(await outcome).toEqual(new Outcome(type, cellId, [text("left")]));
  });

  test("rejects when its signal is aborted, and ignores the late answer", async () => {
    const { gateway, turn, errors } = welcomedTurn();
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
    const { gateway, turn } = welcomedTurn();
    void turn.execute("1");
    gateway.say({ type: "started", id: 1, cellId });
    void turn.wait("other");
    turn.yieldNow(cellId);
    turn.yieldNow("other");
    expect(gateway.all("yield").map(({ id }) => id)).toEqual([1, 2]);
  });

  test("does nothing where this turn has none, and addresses no terminate", () => {
    const { gateway, turn } = welcomedTurn();
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

  test.each<[string, (turn: Turn) => Promise<unknown>]>([
    ["execute", (turn) => turn.execute("1", { signal })],
    ["run", (turn) => turn.run("1", { signal })],
    ["wait", (turn) => turn.wait(cellId, { signal })],
    ["terminate", (turn) => turn.terminate(cellId, { signal })],
    ["setTools", (turn) => turn.setTools({}, { signal })],
    ["listCells", (turn) => turn.listCells({ signal })],
    ["storedValues", (turn) => turn.storedValues({ signal })],
    ["replaceStoredValues", (turn) => turn.replaceStoredValues({}, { signal })],
    ["ping", (turn) => turn.ping({ signal })],
    ["endSession", (turn) => turn.endSession({ signal })],
  ])("keeps %s from sending anything", async (_, ask) => {
    const { gateway, turn } = welcomedTurn();
    await expect(ask(turn)).rejects.toThrow("before");
    expect(gateway.sent).toEqual([]);
  });
});

test("an answer of the wrong kind fails its request, and no other", async () => {
  const { gateway, turn } = welcomedTurn();
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
  const { gateway, errors } = welcomedTurn();
  gateway.say({ type: "result", id: 9, cellId, content: [] });
  gateway.say({ type: "ok", id: 9 });
  gateway.deliver({ type: "pong", received: 1 });
  gateway.deliver(gateway.welcomeFrame());
  expect(errors).toEqual([]);
});

test("a refusal of what was no request is reported", () => {
  const { gateway, errors } = welcomedTurn();
  const refused = { type: "error", code: "bad_frame", message: "tool_result.value: too deep" } as const;
  gateway.say(refused);
  gateway.say({ type: "error", code: "duplicate_id", message: "twice", requestId: 1 });
  expect(errors).toMatchObject([new RequestError(refused), { code: "duplicate_id" }]);
});

test("a connection that is lost rejects what is under way", async () => {
  const { gateway, turn } = welcomedTurn();
  const outcome = turn.run("1");
  gateway.end(1006);
  await expect(outcome).rejects.toBeInstanceOf(ConnectionError);
});
