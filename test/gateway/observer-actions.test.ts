import { describe, expect, test } from "vitest";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, watcher } from "./memory-observer.ts";
import { observedSession } from "./observed-session.ts";

describe("terminate of an observer", () => {
  test("C11: is answered when the isolate is gone, and leaves the outcome to the host, unread", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    host.send({ type: "execute", id: 2, source: "2", yieldMs: 0 });
    const forgotten = gateway.executor.latest.started();
    const observer = new MemoryObserver(gateway, watcher("admin"));
    const { cellId } = forgotten;
    forgotten.put("so far");
    expect(observer.ask({ type: "terminate", sessionId, cellId })).toEqual([]);
    expect(forgotten.terminations).toBe(1);
    host.ackAll();
    forgotten.end({ how: "terminated" });
    expect(observer.frames.at(-1)).toEqual({ type: "ok", id: 1 });
    expect(host.channel.latest("cell_finished")).toMatchObject({ cellId, ok: false });
    const [answer] = host.during(() => host.send({ type: "wait", id: 3, cellId }));
    expect(answer).toMatchObject({ type: "terminated", id: 3, content: [{ text: "so far" }] });
    expect(cell.terminations).toBe(0);
  });

  test("answers the host that waits with terminated", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway);
    observer.ask({ type: "terminate", sessionId, cellId: cell.cellId });
    cell.end({ how: "terminated" });
    expect(host.channel.latest("terminated")).toMatchObject({ id: 1, cellId: cell.cellId });
  });

  test("cancels the cell's tool calls, and discards its writes", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted({ tools: [{ name: "t", description: "" }] });
    host.send({ type: "execute", id: 1, source: "1" });
    const cell = gateway.executor.latest.started();
    cell.write("k", 1);
    cell.call("t");
    const observer = new MemoryObserver(gateway);
    observer.ask({ type: "terminate", sessionId: host.credentials.sessionId, cellId: cell.cellId });
    expect(host.channel.latest("tool_cancel")).toMatchObject({ reason: "terminated" });
    cell.end({ how: "terminated" });
    expect(gateway.context.directory.get(host.credentials.sessionId).storedValues()).toEqual({});
  });

  test("is answered at once for a cell that has ended, whose outcome stays as it was", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    host.send({ type: "yield", id: 1 });
    cell.put("done");
    cell.end();
    const observer = new MemoryObserver(gateway);
    const finished = host.channel.all("cell_finished").length;
    expect(observer.ask({ type: "terminate", sessionId, cellId: cell.cellId })).toEqual([{ type: "ok", id: 1 }]);
    expect(host.channel.all("cell_finished")).toHaveLength(finished);
    host.send({ type: "wait", id: 2, cellId: cell.cellId });
    expect(host.channel.latest("result")).toMatchObject({ id: 2, content: [{ text: "done" }] });
  });

  test("joins one of the host's that is under way", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    host.send({ type: "terminate", id: 2, cellId: cell.cellId });
    const observer = new MemoryObserver(gateway);
    observer.ask({ type: "terminate", sessionId, cellId: cell.cellId });
    observer.ask({ type: "terminate", sessionId, cellId: cell.cellId });
    expect(cell.terminations).toBe(1);
    cell.end({ how: "terminated" });
    expect(observer.all("ok").map(({ id }) => id)).toEqual([1, 2]);
    expect(host.channel.all("terminated").map(({ id }) => id)).toEqual([1, 2]);
  });

  test("does not keep the host from terminating it", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    new MemoryObserver(gateway).ask({ type: "terminate", sessionId, cellId: cell.cellId });
    host.send({ type: "terminate", id: 2, cellId: cell.cellId });
    cell.end({ how: "terminated" });
    expect(host.channel.all("terminated").map(({ id }) => id)).toEqual([1, 2]);
  });

  test("ends a cell that waits for its place", () => {
    const { gateway, host, sessionId } = observedSession({ cells: 1 });
    host.send({ type: "execute", id: 2, source: "2" });
    const { cellId } = host.channel.latest("started");
    expect(new MemoryObserver(gateway).ask({ type: "terminate", sessionId, cellId })).toEqual([{ type: "ok", id: 1 }]);
    expect(host.channel.latest("terminated")).toMatchObject({ id: 2, cellId });
  });

  test("is refused with unknown_cell where there is none", () => {
    const { gateway, sessionId } = observedSession();
    expect(new MemoryObserver(gateway).ask({ type: "terminate", sessionId, cellId: "c" })).toEqual([
      { type: "error", id: 1, code: "unknown_cell", message: "exec cell c not found" },
    ]);
  });

  test("needs the scope admin, whoever's the session is", () => {
    const { gateway, cell, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway, watcher("observe", "host"));
    expect(observer.ask({ type: "terminate", sessionId, cellId: cell.cellId })).toEqual([
      { type: "error", id: 1, code: "forbidden", message: "terminate: expected the scope admin" },
    ]);
    expect(cell.terminations).toBe(0);
  });

  test("is told to whoever logs", () => {
    const { gateway, cell, sessionId } = observedSession();
    const { cellId } = cell;
    new MemoryObserver(gateway).ask({ type: "terminate", sessionId, cellId });
    expect(gateway.observer.all("observer_acted")).toEqual([
      { type: "observer_acted", connection: 1, principal: "watcher", action: "terminate", sessionId, cellId },
    ]);
  });
});

describe("end_session of an observer", () => {
  test("ends the session as its host would, and is answered when its cells are gone", () => {
    const { gateway, host, cell, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway, watcher("admin"));
    expect(observer.ask({ type: "end_session", sessionId })).toEqual([]);
    expect(observer.ask({ type: "end_session", sessionId })).toMatchObject([{ code: "unknown_session" }]);
    cell.end({ how: "terminated" });
    expect(observer.frames.at(-1)).toEqual({ type: "ok", id: 1 });
    expect(host.channel.closing).toEqual({ code: 1000, reason: "the session was ended" });
  });

  test("needs the scope admin", () => {
    const { gateway, host, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    expect(observer.ask({ type: "end_session", sessionId })).toMatchObject([{ id: 1, code: "forbidden" }]);
    expect([host.channel.closing, gateway.observer.all("observer_acted")]).toEqual([undefined, []]);
  });
});
