import { describe, expect, test } from "vitest";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import { textsOf } from "../session/recording-waiter.ts";
import { running } from "./running-cell.ts";

const contentOf = (frames: ServerFrame[]): string[] =>
  textsOf(frames.flatMap((frame) => ("content" in frame ? frame.content : [])));

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
