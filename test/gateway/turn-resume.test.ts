import { describe, expect, test } from "vitest";
import { running, tool } from "./running-cell.ts";

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

  test("is done again where the gateway failed at it", () => {
    const { gateway, client, cell } = running();
    // As no honest process writes it.
    cell.emit({ type: "write", key: "k", json: "no JSON" });
    cell.end();
    const request = { type: "stored_values", id: 2 } as const;
    expect(() => client.send(request)).toThrow(SyntaxError);
    client.cut();
    const next = gateway.resumed(client);
    next.send({ type: "replace_stored_values", id: 3, values: {} });
    next.send(request);
    expect(next.channel.latest("stored_values")).toMatchObject({ id: 2, values: {} });
  });
});
