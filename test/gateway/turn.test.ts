import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { type MemoryClient, MemoryGateway } from "./memory-gateway.ts";

const tool = (name: string, fields: object = {}) => ({ name, description: `does ${name}`, ...fields });

/** A gateway with one client that said `hello`. */
function greeted(limits: Partial<Limits> = {}, tools = [tool("t")]) {
  const gateway = new MemoryGateway(limits);
  return { gateway, client: gateway.greeted({ tools }), executor: gateway.executor };
}

/** Runs a cell to its end, and gives its id. */
function finishedCell(client: MemoryClient, { executor }: MemoryGateway, id: number): string {
  client.send({ type: "execute", id, source: "1", yieldMs: 0 });
  executor.latest.started().end();
  return executor.latest.cellId;
}

describe("execute", () => {
  const usage = { wallMs: 0, cpuMs: 0, toolCalls: 0 };

  test("is answered with started, and later with the cell's answer", () => {
    const { client, executor } = greeted();
    const frames = client.during(() => {
      client.send({ type: "execute", id: 7, source: "text('a')", toolCallId: "call_1" });
      executor.latest.started().put("a");
      executor.latest.end();
    });
    const { cellId } = executor.latest;
    expect(frames).toEqual([
      { type: "started", id: 7, cellId, seq: 1 },
      { type: "result", id: 7, cellId, content: [{ type: "text", text: "a" }], usage, seq: 2 },
    ]);
  });

  test("hands the executor the source, the enabled tools in the order of their declaration, and the stored values", () => {
    const { client, executor } = greeted({}, [tool("a b"), tool("c", { kind: "freeform" }), tool("d")]);
    client.send({ type: "replace_stored_values", id: 1, values: { k: [1] } });
    client.send({ type: "execute", id: 2, source: " 1 ", tools: ["c", "a b"] });
    expect(executor.latest.start).toEqual({
      cellId: executor.latest.cellId,
      sessionId: executor.latest.start.sessionId,
      source: " 1 ",
      tools: [
        { identifier: "a_b", description: "does a b", kind: "function" },
        { identifier: "c", description: "does c", kind: "freeform" },
      ],
      storedValues: new Map([["k", "[1]"]]),
    });
  });

  test.each<[string, object, string]>([
    ["without code", { source: " \n\t" }, "empty_source"],
    ["with a source over the limit", { source: "é".repeat(51) }, "source_too_large"],
    ["with a tool that is not declared", { tools: ["t", "u"] }, "unknown_tool"],
  ])("%s is refused, and no cell starts", (_, fields, code) => {
    const { client, executor } = greeted({ sourceBytes: 100 });
    client.send({ type: "execute", id: 1, source: "1", ...fields });
    expect(client.channel.sent.slice(1)).toMatchObject([{ type: "error", id: 1, code }]);
    expect(executor.cells).toEqual([]);
  });

  test("B3: past the live cells of a session is refused, with their states", () => {
    const { client } = greeted({ cellsPerSession: 1 });
    client.send({ type: "execute", id: 1, source: "1" }, { type: "execute", id: 2, source: "2" });
    const { cellId } = client.channel.latest("started");
    expect(client.channel.latest("error")).toMatchObject({ id: 2, code: "too_many_cells", cells: [{ cellId }] });
  });

  test("quotes of what it refuses no more than an error may carry", () => {
    const { client } = greeted();
    client.send({ type: "execute", id: 1, source: "1", tools: ["u".repeat(1 << 20)] });
    expect(Buffer.byteLength(client.channel.latest("error").message)).toBeLessThanOrEqual(16 << 10);
  });
});

describe("a request id", () => {
  test("that comes again with equal content is not run again, and is answered once", () => {
    const { client, executor } = greeted();
    const frame = { type: "execute", id: 1, source: "1" };
    client.send(frame, { ...frame, ack: 1 });
    executor.latest.started().end();
    client.send(frame);
    expect(executor.cells).toHaveLength(1);
    expect(client.channel.tags).toEqual(["welcome", "started", "result"]);
  });

  test("that comes again with other content gets duplicate_id, which settles nothing", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" }, { type: "execute", id: 1, source: "2" });
    const error = client.channel.latest("error");
    expect(error).toEqual({ type: "error", code: "duplicate_id", requestId: 1, message: error.message, seq: 2 });
    expect(error.message).toMatch(/^request 1 differs/);
    expect(executor.cells).toHaveLength(1);
  });

  test("may be used again when its last answer was acknowledged, and not before", () => {
    const { client } = greeted();
    client.send({ type: "list_cells", id: 1 }, { type: "stored_values", id: 1 });
    expect(client.channel.latest("error").code).toBe("duplicate_id");
    client.ackAll();
    client.send({ type: "stored_values", id: 1 });
    expect(client.channel.latest("stored_values").id).toBe(1);
  });

  test("of an execute is remembered when started was acknowledged but its answer was not", () => {
    const { client, executor } = greeted();
    const frame = { type: "execute", id: 1, source: "1" };
    client.send(frame);
    client.ackAll();
    client.send(frame);
    expect(executor.cells).toHaveLength(1);
  });
});

describe("wait", () => {
  test("takes the outcome of a cell that ended without a waiter", () => {
    const { gateway, client } = greeted();
    const cellId = finishedCell(client, gateway, 1);
    expect(client.channel.latest("cell_finished")).toMatchObject({ cellId, ok: true });
    client.send({ type: "wait", id: 2, cellId });
    expect(client.channel.latest("result")).toMatchObject({ id: 2, cellId, content: [] });
  });

  test("for a cell that is closed, expired or another session's says why in its error", () => {
    const { gateway, client } = greeted({ outcomesPerSession: 1 });
    const taken = finishedCell(client, gateway, 1);
    client.send({ type: "wait", id: 2, cellId: taken });
    client.send({ type: "wait", id: 3, cellId: taken });
    client.ackAll();
    client.send({ type: "wait", id: 4, cellId: taken });
    const expired = finishedCell(client, gateway, 5);
    finishedCell(client, gateway, 6);
    client.send({ type: "wait", id: 7, cellId: expired });
    const foreign = finishedCell(gateway.greeted(), gateway, 1);
    client.send({ type: "wait", id: 8, cellId: foreign }, { type: "terminate", id: 9, cellId: "nobody" });
    const results = client.channel.all("result").slice(1);
    expect(results.map(({ id, cellId, error }) => [id, error?.message === `exec cell ${cellId} not found`])).toEqual(
      [3, 4, 7, 8, 9].map((id) => [id, true]),
    );
    expect(results.map(({ error }) => error?.reason)).toEqual([
      "already_taken",
      "already_taken",
      "expired",
      "unknown",
      "unknown",
    ]);
  });

  test("for a cell that has a waiter gets cell_busy", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    client.send({ type: "wait", id: 2, cellId: executor.latest.cellId });
    expect(client.channel.latest("error")).toMatchObject({ id: 2, code: "cell_busy" });
    executor.latest.started().end();
    expect(client.channel.latest("result").id).toBe(1);
  });

  test("can be cancelled, without loss", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    const cell = executor.latest.started();
    client.send({ type: "wait", id: 2, cellId: cell.cellId });
    cell.put("kept");
    client.send({ type: "cancel", id: 2 }, { type: "cancel", id: 2 }, { type: "cancel", id: 1 });
    expect(client.channel.all("error")).toMatchObject([{ id: 2, code: "cancelled" }]);
    client.send({ type: "wait", id: 3, cellId: cell.cellId, yieldMs: 0 });
    expect(client.channel.latest("yielded")).toMatchObject({ id: 3, content: [{ text: "kept" }] });
  });
});

describe("yield", () => {
  test("answers the pending request that it names, and no other", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    executor.latest.started();
    client.send({ type: "yield", id: 2 });
    expect(client.channel.tags).toEqual(["welcome", "started"]);
    client.send({ type: "yield", id: 1 }, { type: "yield", id: 1 });
    expect(client.channel.tags).toEqual(["welcome", "started", "yielded"]);
  });

  test.each<[unknown, number]>([
    [1, 10],
    [undefined, 10_000],
    [4_000, 4_000],
    [1e9, 300_000],
  ])("C3, C5: comes by itself: yieldMs %j means %d ms", (yieldMs, expected) => {
    const { gateway, client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1", yieldMs });
    executor.latest.started();
    gateway.clock.advance(expected - 1);
    expect(client.channel.all("yielded")).toEqual([]);
    gateway.clock.advance(1);
    expect(client.channel.all("yielded")).toHaveLength(1);
  });

  test("C5: comes never with yieldMs null, and at once with 0", () => {
    const { gateway, client, executor } = greeted({ maxWallMs: 1e12 });
    client.send({ type: "execute", id: 1, source: "1", yieldMs: null });
    executor.latest.started();
    gateway.clock.advance(1e9);
    expect(client.channel.tags).toEqual(["welcome", "started"]);
    client.send({ type: "execute", id: 2, source: "1", yieldMs: 0 });
    expect(client.channel.tags.slice(2)).toEqual(["started", "yielded"]);
  });
});

describe("terminate", () => {
  test("is answered when the isolate is gone, and so is the waiter, which gets the content", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    const cell = executor.latest.started();
    cell.put("last");
    client.send({ type: "terminate", id: 2, cellId: cell.cellId }, { type: "terminate", id: 3, cellId: cell.cellId });
    expect(client.channel.latest("error")).toMatchObject({ id: 3, code: "cell_terminating" });
    expect(client.channel.all("terminated")).toEqual([]);
    cell.end({ how: "terminated" });
    expect(client.channel.all("terminated")).toMatchObject([
      { id: 1, content: [{ text: "last" }] },
      { id: 2, content: [] },
    ]);
  });
});

describe("set_tools", () => {
  test("holds for later cells only, and the earlier tools are still answered for", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    const earlier = executor.latest.started();
    client.send({ type: "set_tools", id: 2, tools: [tool("u")] });
    expect(client.channel.latest("ok").id).toBe(2);
    client.send({ type: "execute", id: 3, source: "1" });
    expect(executor.latest.start.tools.map(({ identifier }) => identifier)).toEqual(["u"]);
    earlier.call("t");
    expect(client.channel.latest("tool_call").name).toBe("t");
  });

  test("that clash change nothing", () => {
    const { client, executor } = greeted();
    client.send({ type: "set_tools", id: 1, tools: [tool("x"), tool("x")] });
    expect(client.channel.latest("error")).toMatchObject({ id: 1, code: "bad_tools" });
    client.send({ type: "execute", id: 2, source: "1" });
    expect(executor.latest.start.tools.map(({ identifier }) => identifier)).toEqual(["t"]);
  });
});

describe("stored values", () => {
  test("are read and replaced as a whole", () => {
    const { client } = greeted();
    client.send({ type: "replace_stored_values", id: 1, values: { a: 1, b: { c: [null] } } });
    client.send({ type: "replace_stored_values", id: 2, values: { d: "x" } });
    client.send({ type: "stored_values", id: 3 });
    expect(client.channel.latest("stored_values")).toMatchObject({ id: 3, values: { d: "x" } });
  });

  test("over a bound are refused with bad_values, and nothing has changed", () => {
    const { client } = greeted({ storedEntries: 2 });
    client.send({ type: "replace_stored_values", id: 1, values: { a: 1 } });
    client.send({ type: "replace_stored_values", id: 2, values: { b: 1, c: 2, d: 3 } });
    expect(client.channel.latest("error")).toMatchObject({
      id: 2,
      code: "bad_values",
      message: 'values["d"]: expected at most 2 (storedEntries), got 3',
    });
    client.send({ type: "stored_values", id: 3 });
    expect(client.channel.latest("stored_values").values).toEqual({ a: 1 });
  });
});

describe("end_session", () => {
  test("terminates the live cells, answers ok when they are gone, and closes with 1000", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    const cell = executor.latest.started();
    client.send({ type: "end_session", id: 2 });
    expect(cell.terminations).toBe(1);
    expect(client.channel.closing).toBeUndefined();
    cell.end({ how: "terminated" });
    expect(client.channel.tags).toEqual(["welcome", "started", "terminated", "cell_closed", "ok"]);
    expect(client.channel.closing?.code).toBe(1000);
  });

  test("has begun: no cell starts, and a second one is refused, so that each request has one answer", () => {
    const { client, executor } = greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    client.send(
      { type: "end_session", id: 2 },
      { type: "execute", id: 3, source: "1" },
      { type: "end_session", id: 4 },
    );
    expect(client.channel.all("error")).toMatchObject([
      { id: 3, code: "ending" },
      { id: 4, code: "ending" },
    ]);
    executor.latest.end({ how: "terminated" });
    expect(client.channel.all("ok")).toMatchObject([{ id: 2 }]);
  });
});
