import { describe, expect, test } from "vitest";
import type { ObservedEvent } from "../../src/protocol/observed-events.ts";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, watcher } from "./memory-observer.ts";

const typesOf = (events: readonly ObservedEvent[]): string[] => events.map(({ type }) => type);

describe("the topic session", () => {
  test("tells how the session stands, and then everything that happens in it", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted({ tools: [{ name: "t-1", description: "" }] });
    const { sessionId } = host.credentials;
    host.send({ type: "replace_stored_values", id: 1, values: { a: [1], b: 2 } });
    host.send({ type: "execute", id: 2, source: "1", yieldMs: 0 });
    const first = gateway.executor.latest.started();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const watchId = observer.watch({ topic: "session", sessionId });
    gateway.clock.advance(1);
    expect(observer.told(watchId)).toEqual([
      {
        type: "snapshot",
        atMs: Date.UTC(2030, 0),
        session: expect.objectContaining({ sessionId, liveCells: 1 }),
        cells: [expect.objectContaining({ cellId: first.cellId, state: "running" })],
        values: { a: "[1]", b: "2" },
      },
    ]);
    const told = observer.during(watchId, () => {
      host.send({ type: "execute", id: 3, source: "two", toolCallId: "call-2", yieldMs: null });
      const cell = gateway.executor.latest;
      gateway.clock.advance(2);
      cell.started();
      cell.call("t_1");
      gateway.clock.advance(3);
      host.send({ type: "tool_error", callId: `${cell.cellId}.1`, message: "no", code: "own" });
      cell.write("b", { x: 1 });
      cell.fail("oh");
      host.send({ type: "replace_stored_values", id: 4, values: { b: { x: 1 }, c: null } });
    });
    const { cellId } = gateway.executor.latest;
    const at = (ms: number) => Date.UTC(2030, 0) + 301 + ms;
    const callId = `${cellId}.1`;
    expect(told).toEqual([
      {
        type: "cell_accepted",
        atMs: at(0),
        cellId,
        turn: 1,
        source: "two",
        toolCallId: "call-2",
        tools: ["t-1"],
      },
      { type: "cell_started", atMs: at(2), cellId, queuedMs: 2 },
      { type: "call_made", atMs: at(2), callId, cellId, tool: "t-1" },
      { type: "call_ended", atMs: at(5), callId, cellId, ending: "failed", code: "own", ageMs: 3 },
      { type: "values", atMs: at(5), cellId, writes: { b: '{"x":1}' } },
      {
        type: "cell_ended",
        atMs: at(5),
        cellId,
        ending: "script_error",
        ageMs: 5,
        usage: { wallMs: 3, cpuMs: 0, toolCalls: 1 },
        error: { code: "script_error", message: "oh" },
      },
      { type: "values", atMs: at(5), writes: { a: null, c: "null" } },
    ]);
  });

  test("tells of turns: that they open, lose their socket, go on, and end", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId });
    const told = observer.during(watchId, () => {
      host.cut(1001, "away");
      const back = gateway.resumed(host, undefined, { client: { name: "c", version: "1" } });
      gateway.greeted({ ...host.credentials, client: { name: "d", version: "2" } });
      back.cut(4409, "taken over");
    });
    expect(told.map((event) => ({ ...event, atMs: 0 }))).toEqual([
      { atMs: 0, type: "turn_cut", turn: 1, code: 1001, reason: "away" },
      { atMs: 0, type: "turn_resumed", turn: 1, client: "c 1", gap: false },
      { atMs: 0, type: "turn_ended", turn: 1 },
      { atMs: 0, type: "turn_opened", turn: 2, client: "d 2" },
      { atMs: 0, type: "turn_cut", turn: 1, code: 4409, reason: "taken over" },
    ]);
  });

  test("tells of limits, and of outcomes that are dropped unread", () => {
    const gateway = new MemoryGateway({ cellsPerSession: 1, outcomesPerSession: 0 });
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId });
    const told = observer.during(watchId, () => {
      host.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
      host.send({ type: "execute", id: 2, source: "1" });
      gateway.executor.latest.end();
    });
    const { cellId } = gateway.executor.latest;
    expect(told).toContainEqual({ type: "limit_hit", atMs: expect.any(Number), limit: "cellsPerSession" });
    expect(told).toContainEqual({ type: "outcome_dropped", atMs: expect.any(Number), cellId });
  });

  test("tells nothing of other sessions", () => {
    const gateway = new MemoryGateway();
    const [host, other] = [gateway.greeted(), gateway.greeted()];
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId, frames: true });
    const told = observer.during(watchId, () => {
      other.send({ type: "execute", id: 1, source: "1" });
      gateway.executor.latest.started().end();
    });
    expect(told).toEqual([]);
  });

  test("tells that the session is gone, behind all that its end caused, and ends with that", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    host.send({ type: "execute", id: 1, source: "1" });
    const observer = new MemoryObserver(gateway);
    const { sessionId } = host.credentials;
    const watchId = observer.watch({ topic: "session", sessionId });
    const told = observer.during(watchId, () => {
      host.send({ type: "end_session", id: 2 });
      gateway.clock.advance(40);
      gateway.executor.latest.end({ how: "terminated" });
      host.cut(1000);
    });
    expect(typesOf(told)).toEqual(["cell_ended", "turn_ended", "session_gone"]);
    observer.send({ type: "watch", id: watchId, topic: "metrics" });
    expect(observer.frames.at(-1)).toEqual({ type: "ok", id: watchId });
  });

  test("begins with how the session stands when the observer reads, however late that is", () => {
    const gateway = new MemoryGateway({ observedEvents: 1 });
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    observer.client.channel.takes = false;
    const { sessionId } = host.credentials;
    const watchId = observer.watch({ topic: "session", sessionId });
    for (let id = 1; id <= 5; id++) host.send({ type: "execute", id, source: "1" });
    gateway.clock.advance(1_000);
    expect(observer.told(watchId)).toEqual([]);
    observer.client.drain();
    expect(observer.all("observed")).toMatchObject([
      { dropped: 0, events: [{ type: "snapshot", session: { cells: 5 } }] },
    ]);
  });

  test("begins and ends with the end of a session that goes before the observer reads", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    observer.client.channel.takes = false;
    const { sessionId } = host.credentials;
    const watchId = observer.watch({ topic: "session", sessionId });
    host.send({ type: "end_session", id: 1 });
    gateway.clock.advance(100);
    observer.client.drain();
    expect(typesOf(observer.told(watchId))).toEqual(["session_gone"]);
  });

  test("leaves the stored values out of a snapshot that does not fit a frame with them", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    host.send({ type: "replace_stored_values", id: 1, values: { a: 1 } });
    const observer = new MemoryObserver(gateway);
    observer.client.channel.isTooLarge = (frame) => JSON.stringify(frame).includes('"values"');
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId });
    gateway.clock.advance(10);
    const [snapshot] = observer.told(watchId);
    expect(snapshot).toMatchObject({ type: "snapshot", cells: [] });
    expect(snapshot).not.toHaveProperty("values");
    expect(observer.all("observed")).toMatchObject([{ dropped: 0 }]);
  });
});
