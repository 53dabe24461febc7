import { beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, SessionLostError } from "../../client/errors.ts";
import { ToolHost } from "../../client/tools.ts";
import type { Turn } from "../../client/turn.ts";
import type { Host } from "../../src/protocol/host.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";

let gateway: FakeGateway;
let turn: Turn;

beforeEach(() => {
  gateway = new FakeGateway();
  turn = gateway.welcome();
});

test("a turn knows what the welcome said", () => {
  expect(turn).toMatchObject({ session: { id: "session", token: "secret" }, turn: 3, cells: [] });
  expect(turn.limits.sourceBytes).toBe(gateway.limits.sourceBytes);
});

describe("plain requests", () => {
  test("list the session's cells", async () => {
    const cells = [{ cellId: "a", state: "finished", ageMs: 5, openCalls: 0, unreadBytes: 2 } as const];
    const listed = turn.listCells();
    expect(gateway.sent).toEqual([{ type: "list_cells", id: 1 }]);
    gateway.say({ type: "cells", id: 1, cells });
    expect(await listed).toEqual(cells);
  });

  test("read all stored values", async () => {
    const values = turn.storedValues();
    expect(gateway.sent).toEqual([{ type: "stored_values", id: 1 }]);
    gateway.say({ type: "stored_values", id: 1, values: { a: [1] } });
    expect(await values).toEqual({ a: [1] });
  });

  test("replace all stored values, as JSON", async () => {
    const replaced = turn.replaceStoredValues({ at: new Date(0), gone: undefined });
    expect(gateway.sent).toEqual([
      { type: "replace_stored_values", id: 1, values: { at: "1970-01-01T00:00:00.000Z" } },
    ]);
    gateway.say({ type: "ok", id: 1 });
    expect(await replaced).toBeUndefined();
  });

  test("refuse stored values that are no JSON, with the path", async () => {
    await expect(turn.replaceStoredValues({ a: { b: () => 1 } })).rejects.toMatchObject({
      name: "UnsentError",
      code: "bad_frame",
      message: "values.a.b: expected a JSON value, got a function",
    });
    expect(gateway.sent).toEqual([]);
  });

  test("take a stored value at its full depth, and none deeper", async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    void turn.replaceStoredValues({ a: nested(128) });
    expect(gateway.sent).toHaveLength(1);
    await expect(turn.replaceStoredValues({ a: nested(129) })).rejects.toMatchObject({ name: "UnsentError" });
    expect(gateway.sent).toHaveLength(1);
  });

  test("have ids that count up from 1", () => {
    void turn.listCells();
    void turn.storedValues();
    void turn.terminate("a");
    expect(gateway.sent.map((frame) => "id" in frame && frame.id)).toEqual([1, 2, 3]);
  });

  test("reject when their signal is aborted, and ignore the late answer", async () => {
    const controller = new AbortController();
    const listed = turn.listCells({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(listed).rejects.toThrow("enough");
    gateway.say({ type: "cells", id: 1, cells: [] });
    const again = turn.listCells();
    gateway.say({ type: "cells", id: 2, cells: [] });
    expect(await again).toEqual([]);
  });
});

describe("ping", () => {
  test("resolves with its own pong, and not with an earlier one", async () => {
    const answered: number[] = [];
    void turn.ping().then(() => answered.push(1));
    void turn.ping().then(() => answered.push(2));
    expect(gateway.all("ping")).toHaveLength(2);
    gateway.deliver({ type: "pong", received: 2 });
    await settled();
    expect(answered).toEqual([1]);
    gateway.deliver({ type: "pong", received: 3 });
    await settled();
    expect(answered).toEqual([1, 2]);
  });

  test("rejects when its signal is aborted, and leaves the pong to nobody else", async () => {
    const controller = new AbortController();
    const first = turn.ping({ signal: controller.signal });
    const answered: number[] = [];
    void turn.ping().then(() => answered.push(2));
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    gateway.deliver({ type: "pong", received: 2 });
    await settled();
    expect(answered).toEqual([]);
    gateway.deliver({ type: "pong", received: 3 });
    await settled();
    expect(answered).toEqual([2]);
  });
});

describe("setTools", () => {
  const call = (name: string, callId: string) =>
    gateway.say({ type: "tool_call", callId, cellId: "c", name, kind: "function" });

  test("declares tools without their functions, and answers for them from then on", async () => {
    const run = () => "new";
    const set = turn.setTools({ b: { description: "B", inputSchema: { type: "object" }, timeoutMs: 5, run } });
    expect(gateway.sent).toStrictEqual([
      {
        type: "set_tools",
        id: 1,
        tools: [{ name: "b", description: "B", inputSchema: { type: "object" }, timeoutMs: 5 }],
      },
    ]);
    gateway.say({ type: "ok", id: 1 });
    call("b", "c.1"); // in the very next frame
    await set;
    await settled();
    expect(gateway.last("tool_result")).toMatchObject({ callId: "c.1", value: "new" });
  });

  test("goes on answering for earlier tools, which cells that run still have", async () => {
    turn = gateway.welcome({ host: new ToolHost({ a: { description: "A", run: () => "old" } }) });
    void turn.setTools({ b: { description: "B", run: () => "new" } });
    gateway.say({ type: "ok", id: 1 });
    call("a", "c.1");
    await settled();
    expect(gateway.last("tool_result")).toMatchObject({ callId: "c.1", value: "old" });
  });

  test("leaves everything as it was where it is refused", async () => {
    turn = gateway.welcome({ host: new ToolHost({ a: { description: "A", run: () => "old" } }) });
    const set = turn.setTools({ a: { description: "A", run: () => "new" }, "a ": { description: "", run: () => 1 } });
    gateway.say({ type: "error", id: 1, code: "bad_tools", message: "clash" });
    await expect(set).rejects.toMatchObject({ code: "bad_tools", retryable: false });
    call("a", "c.1");
    await settled();
    expect(gateway.last("tool_result")).toMatchObject({ value: "old" });
  });

  test("takes definitions alone where a host answers, and only there", async () => {
    const host: Host = { invokeTool: async () => 1, notify: () => {} };
    const hostTurn = gateway.welcome({ host });
    const definitions = [{ name: "b", description: "B" }];
    void hostTurn.setTools(definitions);
    expect(gateway.last("set_tools").tools).toEqual(definitions);
    await expect(hostTurn.setTools({})).rejects.toThrow(new TypeError("setTools: expected a list of definitions"));
    await expect(turn.setTools(definitions)).rejects.toThrow(new TypeError("setTools: expected tools by their names"));
  });

  test("refuses a schema that is no plain JSON, with the path", async () => {
    const inputSchema = { parse: () => 1 } as unknown as { [key: string]: null };
    await expect(turn.setTools({ a: { description: "A", inputSchema, run: () => 1 } })).rejects.toMatchObject({
      name: "UnsentError",
      message: "tools[0].inputSchema.parse: expected a JSON value, got a function",
    });
  });
});

describe("the end of a turn", () => {
  const requests: [string, () => Promise<unknown>][] = [
    ["execute", () => turn.execute("1")],
    ["run", () => turn.run("1")],
    ["wait", () => turn.wait("c")],
    ["terminate", () => turn.terminate("c")],
    ["setTools", () => turn.setTools({})],
    ["listCells", () => turn.listCells()],
    ["storedValues", () => turn.storedValues()],
    ["replaceStoredValues", () => turn.replaceStoredValues({})],
    ["ping", () => turn.ping()],
    ["endSession", () => turn.endSession()],
  ];

  test("rejects every pending promise, and resolves closed", async () => {
    const results = Promise.allSettled(requests.map(([, ask]) => ask()));
    gateway.end(4409, "newer");
    for (const result of await results) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { name: "ConnectionError", code: "taken_over", closeCode: 4409, reason: "newer", retryable: false },
      });
    }
    expect(await turn.closed).toMatchObject({ code: 4409, reason: "newer", retryable: false });
  });

  test.each(requests)("makes %s reject from then on", async (_, ask) => {
    gateway.end(1006);
    await expect(ask()).rejects.toMatchObject({ code: "connection_lost", retryable: true });
    expect(gateway.sent).toEqual([]);
  });

  test("does no harm to yieldNow and close", async () => {
    gateway.end(1006);
    turn.yieldNow("c");
    await turn.close();
    expect(await turn.closed).toMatchObject({ code: 1006 });
  });

  test.each([4404, 4410])("with %i says that the session is lost", async (code) => {
    const outcome = turn.execute("1");
    gateway.end(code);
    await expect(outcome).rejects.toBeInstanceOf(SessionLostError);
  });

  test("comes with close: what arrived is acknowledged first, and the session lives on", async () => {
    const outcome = turn.wait("c");
    gateway.say({ type: "cell_finished", cellId: "d", ok: true });
    const closed = turn.close();
    expect(gateway.sent.at(-1)).toEqual({ type: "ack", seq: 1 });
    expect(gateway.closedWith).toEqual({ code: 1000, reason: "" });
    await closed;
    await expect(outcome).rejects.toBeInstanceOf(ConnectionError);
    expect(gateway.all("end_session")).toEqual([]);
  });

  test("comes with the end of an `await using` block", async () => {
    {
      await using used = turn;
      expect(used.turn).toBe(3);
      expect(gateway.closedWith).toBeUndefined();
    }
    expect(gateway.closedWith).toMatchObject({ code: 1000 });
  });

  test("comes with endSession when it was answered, acknowledging the answer", async () => {
    const ended = turn.endSession();
    expect(gateway.sent).toEqual([{ type: "end_session", id: 1 }]);
    gateway.say({ type: "ok", id: 1 });
    await ended;
    expect(gateway.sent.at(-1)).toEqual({ type: "ack", seq: 1 });
    expect(await turn.closed).toMatchObject({ code: 1000 });
  });

  test("is no failure of endSession where the gateway is the first to close", async () => {
    const ended = turn.endSession();
    gateway.say({ type: "ok", id: 1 });
    gateway.end(1000, "the session was ended");
    await ended;
    expect(await turn.closed).toMatchObject({ code: 1000, reason: "the session was ended" });
  });
});
