import { describe, expect, test } from "vitest";
import type { Limits } from "../../src/protocol/limits.ts";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import { textsOf } from "../session/recording-waiter.ts";
import { MemoryGateway } from "./memory-gateway.ts";

const tool = (name: string, fields: object = {}) => ({ name, description: "", ...fields });

/** A client whose one cell runs. */
function running(limits: Partial<Limits> = {}, execute: object = {}) {
  const gateway = new MemoryGateway(limits);
  const client = gateway.greeted({ tools: [tool("t")] });
  const request = { type: "execute", id: 1, source: "1", yieldMs: null, ...execute };
  client.send(request);
  const cell = gateway.executor.latest.started();
  return { gateway, client, cell, request, cellId: cell.cellId };
}

const contentOf = (frames: ServerFrame[]): string[] =>
  textsOf(frames.flatMap((frame) => ("content" in frame ? frame.content : [])));

describe("a turn is resumed with a gap", () => {
  test("where frames that were written and not acknowledged were more than are kept", () => {
    const { gateway, client, cell } = running({ replayFrames: 2 });
    for (const text of ["a", "b", "c"]) cell.notify(text);
    client.cut();
    const next = gateway.resumed(client, 1);
    expect(next.welcome).toMatchObject({ turn: 1, resumed: false, seq: 5 });
    // The first notification had left the log: only what is kept can be delivered at least once.
    expect(next.channel.all("notify").map(({ text, seq }) => [text, seq])).toEqual([
      ["b", 6],
      ["c", 7],
    ]);
  });

  test.each([
    ["replayFrames", { replayFrames: 3 }],
    ["replayBytes", { replayBytes: 300 }],
    ["replayBytesTotal", { replayBytesTotal: 300 }],
    ["unackedAnswers", { unackedAnswers: 3 }],
  ])("where more than %s came while it had no socket, and its answers are unread", (_, limits) => {
    const gateway = new MemoryGateway(limits);
    const client = gateway.greeted();
    const requests = [1, 2, 3, 4, 5, 6].map((id) => ({ type: "execute", id, source: `${id}`, yieldMs: null }));
    for (const request of requests) {
      client.send(request);
      client.ackAll();
    }
    client.cut();
    const { cells } = gateway.executor;
    for (const cell of cells.slice(0, 5)) {
      cell.started().put(`of ${cell.start.source}`);
      cell.end();
    }
    const next = gateway.resumed(client);
    expect(next.welcome).toMatchObject({ resumed: false, turn: 1, received: 12 });
    expect(next.welcome.cells.map(({ state }) => state)).toEqual([...Array(5).fill("finished"), "queued"]);
    for (const request of requests) {
      next.send(request);
      next.ackAll();
    }
    cells[5]!.started().end();
    expect(cells).toHaveLength(6);
    expect(next.channel.all("started").map(({ id, cellId }) => [id, cellId])).toEqual(
      cells.map(({ cellId }, index) => [index + 1, cellId]),
    );
    expect(next.channel.all("result").map(({ id, content }) => [id, ...textsOf(content)])).toEqual([
      [1, "of 1"],
      [2, "of 2"],
      [3, "of 3"],
      [4, "of 4"],
      [5, "of 5"],
      [6],
    ]);
    next.ackAll();
    expect(next.channel.all("cell_closed")).toHaveLength(6);
  });

  test("where all turns kept too much and it lost its socket first, so that those in use can be resumed", () => {
    const gateway = new MemoryGateway({ replayBytesTotal: 1_500 });
    const [first, second, third] = [gateway.greeted(), gateway.greeted(), gateway.greeted()];
    for (const client of [first, second]) {
      client.send({ type: "terminate", id: 1, cellId: "x".repeat(200) });
      client.cut();
    }
    third.send({ type: "terminate", id: 1, cellId: "x".repeat(250) }, { type: "list_cells", id: 2 });
    third.cut();
    expect([first, second, third].map((client) => gateway.resumed(client, 0).welcome.resumed)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("on a socket of the other subprotocol", () => {
    const { gateway, client } = running();
    client.cut();
    expect(gateway.resumedWithGap(client).welcome).toMatchObject({ turn: 1, resumed: false, seq: 2 });
  });
});

describe("a gap", () => {
  /** A client that got every frame with a number, and that was cut off when others took the room for any more. */
  function missing() {
    const gateway = new MemoryGateway({ replayBytesTotal: 500 });
    const [client, other] = [gateway.greeted(), gateway.greeted()];
    client.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    client.cut();
    other.send({ type: "terminate", id: 1, cellId: "x".repeat(250) });
    const [cell] = gateway.executor.cells;
    cell!.started().end();
    return { gateway, client, cellId: cell!.cellId };
  }

  test("is told again to a client that did not hear of it, though it has every frame that was written", () => {
    const { gateway, client, cellId } = missing();
    const unheard = gateway.resumed(client);
    expect(unheard.welcome.resumed).toBe(false);
    unheard.cut();
    const next = gateway.resumed(client);
    expect(next.welcome).toMatchObject({ resumed: false, cells: [{ cellId, state: "finished" }] });
  });

  test("is told once to a client that heard of it", () => {
    const { gateway, client } = missing();
    const next = gateway.resumed(client);
    next.cut();
    const { seq } = next.welcome;
    expect(gateway.resumed(next, seq).welcome).toMatchObject({ resumed: true, seq });
  });
});

describe("behind a gap", () => {
  test("nothing comes again that had arrived, although more came meanwhile than is kept", () => {
    const { gateway, client, cell, cellId } = running({ replayFrames: 3 }, { stream: true });
    cell.put("a");
    cell.notify("n");
    const { seq } = client.channel.latest("notify");
    cell.put("b");
    client.cut();
    for (const text of ["c", "d", "e"]) cell.put(text);
    cell.end();
    const next = gateway.resumed(client, seq);
    expect(next.welcome).toMatchObject({ resumed: false });
    next.send({ type: "wait", id: 2, cellId });
    expect(contentOf(next.channel.sent)).toEqual(["b", "c", "d", "e"]);
    expect(next.channel.all("notify")).toEqual([]);
  });

  test("content comes again from the first that was not acknowledged, whole and in order", () => {
    const { gateway, client, cell, cellId } = running({ frameBytes: 256 * 1024 }, { yieldMs: 0 });
    const wait = (id: number) => ({ type: "wait", id, cellId, yieldMs: 0 });
    cell.put("a");
    client.send(wait(2));
    client.ackAll();
    cell.put("b");
    client.send(wait(3));
    const parts = ["x", "y", "z"].map((text) => text.repeat(100_000));
    cell.put(...parts);
    client.send(wait(4));
    // The client has the first part of three.
    const { seq } = client.channel.all("content")[0]!;
    cell.put("c");
    client.cut();
    const next = gateway.resumedWithGap(client, seq);
    next.send(wait(4));
    expect(contentOf(next.channel.sent).join("")).toBe(`${parts.join("")}c`);
  });

  test("numbers go on, open calls are offered again, and then notifications come again", () => {
    const { gateway, client, cell } = running();
    cell.notify("a");
    cell.call("t", "1");
    cell.notify("b");
    client.cut();
    cell.notify("c");
    const next = gateway.resumedWithGap(client, 1);
    const [callId] = next.welcome.openCalls;
    expect(next.channel.sent.slice(1)).toMatchObject([
      { type: "tool_call", callId, attempt: 2, input: 1, seq: 6 },
      { type: "notify", text: "a", seq: 7 },
      { type: "notify", text: "b", seq: 8 },
      { type: "notify", text: "c", seq: 9 },
    ]);
    next.send({ type: "tool_result", callId, value: 1 });
    expect(cell.answers).toHaveLength(1);
  });

  test("what lastSeq covers is acknowledged all the same", () => {
    const { gateway, client, cell } = running();
    cell.notify("a");
    cell.notify("b");
    cell.end();
    client.cut();
    const next = gateway.resumedWithGap(client, 2);
    expect(next.channel.all("notify").map(({ text }) => text)).toEqual(["b"]);
    expect(next.welcome.cells).toMatchObject([{ state: "finished" }]);
  });

  test("an execute that is repeated is answered for the cell that it started, which never runs twice", () => {
    const { gateway, client, cell, cellId, request } = running();
    cell.put("a");
    client.cut();
    const next = gateway.resumedWithGap(client, 0);
    next.send(request, request);
    cell.put("b");
    cell.end();
    expect(gateway.executor.cells).toHaveLength(1);
    expect(next.channel.sent.slice(1)).toMatchObject([
      { type: "started", id: 1, cellId },
      { type: "result", id: 1, content: [{ text: "a" }, { text: "b" }] },
    ]);
  });

  test("an execute of other content under the id of one that was lost is refused", () => {
    const { gateway, client } = running();
    client.cut();
    const next = gateway.resumedWithGap(client);
    next.send({ type: "execute", id: 1, source: "2" });
    expect(next.channel.latest("error")).toMatchObject({ code: "duplicate_id", requestId: 1 });
    expect(gateway.executor.cells).toHaveLength(1);
  });

  test("an execute whose cell is gone says so, and does not run again", () => {
    const { gateway, client, cell, cellId, request } = running({ outcomeTtlMs: 1_000 });
    cell.end();
    client.cut();
    const second = gateway.resumedWithGap(client, 1);
    gateway.clock.advance(1_000);
    expect(second.channel.latest("cell_closed").reason).toBe("expired");
    second.send(request);
    expect(second.channel.latest("result")).toMatchObject({ id: 1, cellId, error: { reason: "expired" } });
    expect(gateway.executor.cells).toHaveLength(1);
  });

  test("an execute that was refused is tried again", () => {
    const { gateway, client, cell } = running({ cellsPerSession: 1 });
    const second = { type: "execute", id: 2, source: "2" };
    client.send(second);
    expect(client.channel.latest("error")).toMatchObject({ id: 2, code: "too_many_cells" });
    client.cut();
    cell.end();
    const next = gateway.resumedWithGap(client, 1);
    next.send(second);
    expect(next.channel.latest("started").id).toBe(2);
  });

  test("a wait, whether it was answered or pending, waits again", () => {
    const { gateway, client, cell, cellId } = running({}, { yieldMs: 0 });
    const wait = { type: "wait", id: 2, cellId, yieldMs: null };
    client.send(wait);
    client.cut();
    const second = gateway.resumedWithGap(client);
    second.send(wait);
    cell.put("a");
    second.send({ type: "yield", id: 2 });
    const { seq } = second.channel.latest("yielded");
    second.cut();
    const third = gateway.resumedWithGap(second, seq - 1);
    third.send(wait);
    cell.end();
    expect(third.channel.latest("result")).toMatchObject({ id: 2, content: [{ text: "a" }] });
  });

  test("a terminate is answered again: while the isolate goes, and when it is gone", () => {
    const { gateway, client, cell, cellId } = running({}, { yieldMs: 0 });
    const terminate = { type: "terminate", id: 2, cellId };
    client.send(terminate);
    client.cut();
    const second = gateway.resumedWithGap(client);
    second.send(terminate);
    expect(second.channel.all("error")).toEqual([]);
    cell.put("a");
    cell.end({ how: "terminated" });
    expect(second.channel.latest("terminated")).toMatchObject({ id: 2, content: [{ text: "a" }] });
    const { seq } = second.channel.latest("terminated");
    second.cut();
    const third = gateway.resumedWithGap(second, seq - 1);
    third.send(terminate);
    expect(third.channel.latest("terminated")).toMatchObject({ id: 2, content: [{ text: "a" }] });
    expect(cell.terminations).toBe(1);
  });

  test("other requests are done again", () => {
    const { gateway, client } = running();
    const requests = [
      { type: "replace_stored_values", id: 2, values: { k: 1 } },
      { type: "stored_values", id: 3 },
      { type: "list_cells", id: 4 },
      { type: "set_tools", id: 5, tools: [] },
    ];
    client.send(...requests);
    client.cut();
    const next = gateway.resumedWithGap(client, 1);
    next.send(...requests);
    expect(next.channel.tags.slice(1)).toEqual(["ok", "stored_values", "cells", "ok"]);
  });

  test("a cell that ends before its execute is repeated pushes cell_finished, and the execute gets the outcome", () => {
    const { gateway, client, cell, request } = running();
    client.cut();
    const next = gateway.resumedWithGap(client);
    cell.end();
    next.send(request);
    expect(next.channel.tags.slice(1)).toEqual(["cell_finished", "started", "result"]);
  });
});
