import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { textsOf } from "../session/recording-waiter.ts";
import { MemoryGateway } from "./memory-gateway.ts";

const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

/** A client whose one cell runs. */
function running(limits: Partial<Limits> = {}, execute: object = {}, tools = [tool("t")]) {
  const gateway = new MemoryGateway(limits);
  const client = gateway.greeted({ tools });
  const request = { type: "execute", id: 1, source: "1", yieldMs: null, ...execute };
  client.send(request);
  const cell = gateway.executor.latest.started();
  return { gateway, client, cell, request, cellId: cell.cellId };
}

describe("a turn that is resumed", () => {
  test("goes on behind the last frame that the client received: what was missed comes as it was", () => {
    const { gateway, client, cell } = running({}, { stream: true });
    cell.notify("a");
    cell.put("b");
    cell.call("t");
    client.cut();
    const next = gateway.resumed(client, 1);
    expect(next.welcome).toMatchObject({ turn: 1, resumed: true, seq: 1, received: 1 });
    expect(next.channel.sent.slice(1)).toEqual(client.channel.sent.slice(2));
    cell.end();
    expect(next.channel.latest("result")).toMatchObject({ id: 1, seq: 6 });
  });

  test("answers what was asked before the cut, and what its yield times answered meanwhile", () => {
    const { gateway, client, cell } = running({}, { yieldMs: 5_000 });
    client.cut();
    cell.put("a");
    gateway.clock.advance(5_000);
    cell.put("b");
    const next = gateway.resumed(client);
    expect(next.channel.sent.slice(1)).toMatchObject([{ type: "yielded", id: 1, seq: 2, content: [{ text: "a" }] }]);
    next.ackAll();
    next.send({ type: "wait", id: 2, cellId: cell.cellId });
    cell.end();
    expect(next.channel.latest("result")).toMatchObject({ id: 2, content: [{ text: "b" }] });
  });

  test("counts the client's messages over all its sockets, without each one's hello and what came before it", () => {
    const { gateway, client } = running();
    client.send({ type: "ping" });
    client.sendBroken();
    client.cut();
    const next = gateway.connect();
    next.send({ type: "list_cells", id: 5 });
    next.hello({ ...client.credentials, turn: 1, lastSeq: 2 });
    expect(next.welcome.received).toBe(3);
    next.send({ type: "ping" });
    expect(next.channel.latest("pong").received).toBe(4);
  });

  test("takes lastSeq for an acknowledgement", () => {
    const { gateway, client, cell, cellId } = running();
    cell.end();
    client.cut();
    const next = gateway.resumed(client);
    expect(next.channel.sent.slice(1)).toEqual([{ type: "cell_closed", cellId, reason: "taken", seq: 3 }]);
    expect(next.welcome.cells).toEqual([]);
  });

  test("keeps its tools, unless the hello gives others, and answers for all that it ever had", () => {
    const { gateway, client, cell } = running();
    client.cut();
    const second = gateway.resumed(client);
    second.send({ type: "execute", id: 2, source: "1" });
    second.cut();
    const third = gateway.resumed(second, undefined, { tools: [tool("u")] });
    third.send({ type: "execute", id: 3, source: "1" });
    const tools = gateway.executor.cells.map(({ start }) => start.tools.map(({ identifier }) => identifier));
    expect(tools).toEqual([["t"], ["t"], ["u"]]);
    cell.call("t");
    expect(third.channel.latest("tool_call").name).toBe("t");
  });

  test("while its older socket is open still closes that one, whose end changes nothing", () => {
    const { gateway, client, cell } = running();
    const next = gateway.resumed(client);
    expect(client.channel.closing).toEqual({ code: 4409, reason: "the turn goes on on another socket" });
    expect(next.welcome.resumed).toBe(true);
    client.cut();
    cell.end();
    expect(next.channel.latest("result").id).toBe(1);
    gateway.clock.advance(2 * gateway.limits.sessionTtlMs);
    expect(next.channel.closing).toBeUndefined();
  });

  test("may be cut again before all that was missed has come", () => {
    const { gateway, client, cell } = running();
    cell.notify("a");
    cell.notify("b");
    client.cut();
    const second = gateway.connect();
    second.channel.takes = false;
    second.hello({ ...client.credentials, turn: 1, lastSeq: 1 });
    expect(second.channel.tags).toEqual(["welcome"]);
    second.cut();
    const third = gateway.resumed(client, 1);
    expect(third.welcome.resumed).toBe(true);
    expect(third.channel.all("notify").map(({ text, seq }) => [text, seq])).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
  });

  test("is so at once when the gateway gives its socket up", () => {
    const { gateway, client, cell } = running();
    client.channel.onPing = () => {};
    gateway.clock.advance(35_000);
    expect(client.channel.closing?.code).toBe(4440);
    cell.call("t");
    expect(client.channel.all("tool_call")).toEqual([]);
    const next = gateway.resumed(client);
    expect(next.welcome.resumed).toBe(true);
    expect(next.channel.latest("tool_call").attempt).toBeUndefined();
  });
});

describe("a hello that resumes", () => {
  test("from a frame that was never sent is refused, disturbs nobody, and another may follow", () => {
    const { gateway, client } = running();
    const next = gateway.connect();
    next.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 2 });
    expect(next.channel.latest("error")).toMatchObject({
      code: "bad_frame",
      message: "hello.lastSeq: expected the seq of a frame that was sent, got 2",
      seq: 1,
    });
    expect(client.channel.closing).toBeUndefined();
    expect(next.hello({ ...client.credentials, turn: 1, lastSeq: 1 }).resumed).toBe(true);
  });

  test("is not held to its ack, which is not that of this socket", () => {
    const { gateway, client } = running();
    client.cut();
    expect(gateway.resumed(client, 1, { ack: 1 }).welcome.resumed).toBe(true);
  });

  test("whose welcome does not fit leaves the turn suspended", () => {
    const { gateway, client } = running({ sessionTtlMs: 1_000 });
    client.cut();
    gateway.clock.advance(900);
    const next = gateway.connect();
    next.channel.isTooLarge = ({ type }) => type === "welcome";
    next.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(next.channel.closing?.code).toBe(1011);
    expect(gateway.resumed(client, 1).welcome.resumed).toBe(true);
  });
});

describe("a request that is repeated after the cut", () => {
  test("is not done again: its answer comes once, whether it was sent before or is still to come", () => {
    const { gateway, client, cell, cellId, request } = running();
    const wait = { type: "wait", id: 3, cellId };
    client.send({ type: "list_cells", id: 2 });
    client.cut();
    const next = gateway.resumed(client, 1);
    next.send(request, { type: "list_cells", id: 2 }, wait);
    cell.end();
    next.send(request, wait);
    expect(gateway.executor.cells).toHaveLength(1);
    expect(next.channel.tags).toEqual(["welcome", "cells", "error", "result"]);
    expect(next.channel.latest("error")).toMatchObject({ id: 3, code: "cell_busy" });
  });

  test("with other content is refused, as ever", () => {
    const { gateway, client } = running();
    client.cut();
    const next = gateway.resumed(client);
    next.send({ type: "execute", id: 1, source: "2" });
    expect(next.channel.latest("error")).toMatchObject({ code: "duplicate_id", requestId: 1 });
  });

  test("is forgotten when lastSeq covers its answer", () => {
    const { gateway, client } = running();
    client.send({ type: "list_cells", id: 2 });
    client.cut();
    const next = gateway.resumed(client);
    next.send({ type: "stored_values", id: 2 });
    expect(next.channel.latest("stored_values").id).toBe(2);
  });
});

describe("while a turn has no socket", () => {
  test("T8, T9: calls and notifications wait, and a tool's time runs from when the call goes out", () => {
    const { gateway, client, cell } = running({}, {}, [tool("t", { timeoutMs: 100 })]);
    client.cut();
    cell.notify("a");
    cell.call("t");
    cell.notify("b");
    gateway.clock.advance(1_000);
    const next = gateway.resumed(client);
    expect(next.channel.tags.slice(1)).toEqual(["notify", "tool_call", "notify"]);
    gateway.clock.advance(99);
    expect(cell.answers).toEqual([]);
    gateway.clock.advance(1);
    expect(cell.answers).toMatchObject([{ answer: { code: "tool_timeout" } }]);
  });

  test("T10: more notifications than may wait end their cell", () => {
    const { client, cell } = running({ notificationsPerSession: 1 });
    client.cut();
    cell.notify("a");
    expect(cell.terminations).toBe(0);
    cell.notify("b");
    expect(cell.terminations).toBe(1);
  });

  test("O3: streamed content waits, and the rest of the answer is whole", () => {
    const { gateway, client, cell } = running({}, { stream: true });
    cell.put("a");
    client.cut();
    cell.put("b");
    cell.put("c");
    const next = gateway.resumed(client);
    expect(next.channel.latest("content")).toMatchObject({ id: 1, content: [{ text: "b" }, { text: "c" }] });
    cell.end();
    expect(next.channel.latest("result").content).toEqual([]);
  });

  test("T7: a call that is over is cancelled when the client is back", () => {
    const { gateway, client, cell } = running();
    cell.call("t");
    client.cut();
    cell.end();
    const next = gateway.resumed(client);
    expect(next.welcome.openCalls).toEqual([]);
    expect(next.channel.tags.slice(1)).toEqual(["tool_cancel", "result"]);
  });

  test("its session ends when its time is over, and all that was kept is given back", () => {
    const { gateway, client, cell } = running({ sessionTtlMs: 1_000, replayBytesTotal: 2_000 });
    cell.put("x".repeat(1_900));
    client.send({ type: "yield", id: 1 });
    client.cut();
    gateway.clock.advance(1_000);
    cell.end({ how: "terminated" });
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing?.code).toBe(4410);
    const other = gateway.greeted();
    for (let id = 1; id <= 10; id++) other.send({ type: "terminate", id, cellId: "x" });
    other.cut();
    expect(gateway.resumed(other, 5).welcome.resumed).toBe(true);
  });
});

describe("a newer turn", () => {
  test("is served all that a suspended one was not known to have, and the older cannot be resumed any more", () => {
    const { gateway, client, cell, cellId } = running();
    cell.put("a");
    client.send({ type: "yield", id: 1 }, { type: "wait", id: 2, cellId, yieldMs: null });
    cell.notify("b");
    cell.call("t");
    client.cut();
    cell.put("c");
    const next = gateway.greeted({ ...client.credentials, tools: [tool("t")] });
    expect(next.welcome).toMatchObject({ turn: 2, resumed: false, seq: 0, received: 0 });
    expect(next.channel.sent.slice(1)).toMatchObject([
      { type: "tool_call", attempt: 2, seq: 1 },
      { type: "notify", text: "b", seq: 2 },
    ]);
    next.send({ type: "wait", id: 1, cellId, yieldMs: 0 });
    expect(textsOf(next.channel.latest("yielded").content)).toEqual(["a", "c"]);
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing).toEqual({ code: 4409, reason: "the session's turn is 2, not 1" });
    expect(next.channel.closing).toBeUndefined();
  });

  test("gets a notification again that an older one did not acknowledge, ahead of later ones", () => {
    const { gateway, client, cell } = running();
    for (const text of ["a", "b", "c"]) cell.notify(text);
    client.send({ type: "ack", seq: 2 });
    client.cut();
    cell.notify("d");
    const next = gateway.greeted(client.credentials);
    expect(next.channel.all("notify").map(({ text }) => text)).toEqual(["b", "c", "d"]);
  });
});

describe("the end of a session", () => {
  test("is said when all before it is written, and then the socket closes", () => {
    const { client, cell } = running();
    client.channel.takes = false;
    client.send({ type: "end_session", id: 2 });
    cell.end({ how: "terminated" });
    expect(client.channel.closing).toBeUndefined();
    client.drain();
    expect(client.channel.tags.slice(2)).toEqual(["terminated", "cell_closed", "ok"]);
    expect(client.channel.closing).toEqual({ code: 1000, reason: "the session was ended" });
  });

  test("whose socket is lost before it was said leaves nothing behind", () => {
    const { gateway, client, cell } = running();
    client.send({ type: "end_session", id: 2 });
    client.cut();
    cell.end({ how: "terminated" });
    expect(gateway.clock.pending).toBe(0);
    const late = gateway.connect();
    late.send({ type: "hello", ...client.credentials, turn: 1, lastSeq: 1 });
    expect(late.channel.closing?.code).toBe(4410);
  });
});
