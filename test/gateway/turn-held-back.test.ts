import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import { textsOf } from "../session/recording-waiter.ts";
import { MemoryGateway } from "./memory-gateway.ts";

const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

/** A client whose one cell runs, and that has stopped reading. */
function stuffed(limits: Partial<Limits> = {}, execute: object = {}, tools = [tool("t")]) {
  const gateway = new MemoryGateway(limits);
  const client = gateway.greeted({ tools });
  client.send({ type: "execute", id: 1, source: "1", yieldMs: null, ...execute });
  const cell = gateway.executor.latest.started();
  client.channel.takes = false;
  return { gateway, client, cell, cellId: cell.cellId };
}

describe("while a client does not read", () => {
  test("T8, T9, T10: calls and notifications wait, in order, and a tool's time with them", () => {
    const { gateway, client, cell } = stuffed({}, {}, [tool("t", { timeoutMs: 100 })]);
    cell.notify("a");
    cell.call("t");
    cell.notify("b");
    gateway.clock.advance(1_000);
    expect(client.channel.tags.slice(2)).toEqual([]);
    client.drain();
    expect(client.channel.tags.slice(2)).toEqual(["notify", "tool_call", "notify"]);
    expect(cell.answers).toEqual([]);
  });

  test("T10: more notifications than may wait end their cell", () => {
    const { cell } = stuffed({ notificationsPerSession: 1 });
    cell.notify("a");
    cell.notify("b");
    expect(cell.terminations).toBe(1);
  });

  test("O2, O3: streamed content waits within the bound of unread content", () => {
    const { client, cell } = stuffed({ unreadItems: 4 }, { stream: true });
    for (const text of ["a", "b", "c", "d", "e", "f"]) cell.put(text);
    client.drain();
    const texts = textsOf(client.channel.latest("content").content);
    expect(texts).toEqual(["a", "b", expect.stringMatching(/^…\d items .* left out/), expect.any(String), "f"]);
  });

  test("answers are made, and come when it reads, before what waited", () => {
    const { client, cell, cellId } = stuffed();
    cell.put("a");
    cell.notify("n");
    client.send({ type: "yield", id: 1 }, { type: "list_cells", id: 2 });
    expect(client.channel.tags.slice(2)).toEqual([]);
    client.drain();
    expect(client.channel.sent.slice(2)).toMatchObject([
      { type: "yielded", id: 1, content: [{ text: "a" }], seq: 2 },
      { type: "cells", id: 2, cells: [{ cellId, unreadBytes: 0 }], seq: 3 },
      { type: "notify", text: "n", seq: 4 },
    ]);
  });

  test("what waits goes out as far as it takes, and the rest later", () => {
    const { client, cell } = stuffed();
    for (const text of ["a", "b", "c"]) cell.notify(text);
    const write = client.channel.write.bind(client.channel);
    client.channel.write = (message) => {
      write(message);
      client.channel.takes = false;
    };
    client.drain();
    expect(client.channel.all("notify").map(({ text }) => text)).toEqual(["a"]);
    client.drain();
    client.drain();
    expect(client.channel.all("notify").map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });

  test("more than it may leave unread closes the socket with 4431, and the turn can be resumed", () => {
    const { gateway, client, cell } = stuffed({ unsentBytes: 1_000 });
    client.channel.unsentBytes = 900;
    for (let id = 2; id < 4; id++) client.send({ type: "list_cells", id });
    expect(client.channel.closing).toEqual({
      code: 4431,
      reason: "more than 1000 bytes were not taken (unsentBytes)",
    });
    cell.end();
    const next = gateway.resumed(client, 1);
    expect(next.welcome.resumed).toBe(true);
    expect(next.channel.tags.slice(1)).toEqual(["cells", "cells", "result"]);
  });

  test("a takeover does not wait for it", () => {
    const { gateway, client, cell } = stuffed();
    cell.notify("a");
    cell.call("t");
    const next = gateway.greeted({ ...client.credentials, tools: [tool("t")] });
    expect(client.channel.closing?.code).toBe(4409);
    expect(next.channel.tags.slice(1)).toEqual(["notify", "tool_call"]);
    expect(next.channel.latest("tool_call").attempt).toBeUndefined();
  });

  test("T8: calls that were open before are offered again to a newer turn that does not read either, when it does", () => {
    const { gateway, client, cell } = stuffed();
    client.drain();
    cell.call("t");
    const next = gateway.connect();
    next.channel.takes = false;
    next.hello({ ...client.credentials, tools: [tool("t")] });
    expect(next.channel.tags).toEqual(["welcome"]);
    next.drain();
    expect(next.channel.latest("tool_call").attempt).toBe(2);
  });
});
