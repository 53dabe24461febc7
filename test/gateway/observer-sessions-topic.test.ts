import { describe, expect, test } from "vitest";
import type { ObservedEvent, SessionStatus } from "../../src/protocol/observed-events.ts";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, watcher } from "./memory-observer.ts";

const statusesOf = (events: readonly ObservedEvent[]): SessionStatus[] =>
  events.flatMap((event) => (event.type === "session" ? event.session : []));

describe("the topic sessions", () => {
  test("tells each session first, of all principals, and then the one that changes", () => {
    const gateway = new MemoryGateway();
    const alice = gateway.greeted(
      { client: { name: "a", version: "2" } },
      { name: "alice", scopes: new Set(["host"]) },
    );
    gateway.greeted();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const watchId = observer.watch({ topic: "sessions" });
    const first = observer.during(watchId, () => {});
    expect(first).toEqual([]);
    const { sessionId } = alice.credentials;
    const openedAtMs = Date.UTC(2030, 0);
    expect(statusesOf(observer.told(watchId))).toHaveLength(2);
    expect(statusesOf(observer.told(watchId))[0]).toEqual({
      sessionId,
      principal: "alice",
      openedAtMs,
      state: "connected",
      turn: 1,
      client: "a 2",
      liveCells: 0,
      openCalls: 0,
      unreadOutcomes: 0,
      unreadBytes: 0,
      receivedBytes: expect.any(Number),
      sentBytes: Buffer.byteLength(JSON.stringify(alice.welcome)),
      cells: 0,
      resumes: 0,
    });
    const changes = observer.during(watchId, () => {
      alice.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
      gateway.executor.latest.started();
      gateway.executor.latest.put("abc");
      gateway.executor.latest.end();
    });
    expect(statusesOf(changes)).toMatchObject([
      { sessionId, cells: 1, liveCells: 0, unreadOutcomes: 1, unreadBytes: 3 },
    ]);
  });

  test("tells that a turn can no longer be resumed whole, as others took the room for its frames", () => {
    const gateway = new MemoryGateway({ replayBytesTotal: 500 });
    const [client, other] = [gateway.greeted(), gateway.greeted()];
    client.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    client.cut();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    const { sessionId } = client.credentials;
    const stateOf = (events: readonly ObservedEvent[]) =>
      statusesOf(events).findLast((status) => status.sessionId === sessionId)?.state;
    expect(stateOf(observer.during(watchId, () => {}))).toBeUndefined();
    expect(stateOf(observer.told(watchId))).toBe("suspended");
    const told = observer.during(watchId, () => other.send({ type: "terminate", id: 1, cellId: "x".repeat(250) }));
    expect(stateOf(told)).toBe("detached");
  });

  test("tells a session that changes all the time four times a second", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    gateway.clock.advance(300);
    const before = observer.told(watchId).length;
    for (let ms = 0; ms < 10_000; ms += 10) {
      host.send({ type: "ping" });
      gateway.clock.advance(10);
    }
    const told = statusesOf(observer.told(watchId).slice(before));
    expect(told.length).toBeGreaterThan(35);
    expect(told.length).toBeLessThanOrEqual(40);
    const bytes = told.map(({ receivedBytes }) => receivedBytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  });

  test("tells an observer that did not read of what it knew, and of what is there, but not of what came and went", () => {
    const gateway = new MemoryGateway();
    const known = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    const { client } = observer;
    client.channel.takes = false;
    for (let count = 0; count < 100; count++) gateway.greeted().send({ type: "end_session", id: 1 });
    known.send({ type: "end_session", id: 1 });
    const there = gateway.greeted();
    gateway.clock.advance(300);
    const told = observer.during(watchId, () => client.drain());
    expect(told).toMatchObject([
      { type: "session_gone", sessionId: known.credentials.sessionId },
      { type: "session", session: { sessionId: there.credentials.sessionId } },
    ]);
  });

  test("tells what a cell puts out, though no frame and no event says so", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    host.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    const cell = gateway.executor.latest.started();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    expect(statusesOf(observer.during(watchId, () => cell.put("12345")))).toMatchObject([{ unreadBytes: 5 }]);
  });

  test("tells how a session stands with its client", () => {
    const gateway = new MemoryGateway({ replayFrames: 2 });
    const host = gateway.greeted({ tools: [{ name: "t", description: "" }] });
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    const [cut] = statusesOf(observer.during(watchId, () => host.cut(4440, "silent")));
    const atMs = gateway.clock.unixMs() - 300;
    expect(cut).toMatchObject({ state: "suspended", lastClose: { code: 4440, reason: "silent", atMs } });
    const [back] = statusesOf(observer.during(watchId, () => gateway.resumed(host)));
    expect(back).toMatchObject({ state: "connected", resumes: 1, turn: 1 });
  });

  test("calls a session detached whose turn can go on with a gap only", () => {
    const gateway = new MemoryGateway({ replayFrames: 2, outcomesPerSession: 9 });
    const host = gateway.greeted();
    for (let id = 1; id <= 4; id++) host.send({ type: "execute", id, source: "1", yieldMs: null });
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    host.cut();
    for (const cell of gateway.executor.cells) cell.started().end();
    observer.during(watchId, () => {});
    expect(statusesOf(observer.told(watchId)).at(-1)).toMatchObject({ state: "detached" });
  });

  test("tells that a session has ended, once, whatever its end still causes", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    host.send({ type: "execute", id: 1, source: "1" });
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    const { sessionId } = host.credentials;
    const told = observer.during(watchId, () => {
      host.send({ type: "end_session", id: 2 });
      gateway.clock.advance(1_000);
      gateway.executor.latest.end({ how: "terminated" });
      gateway.clock.advance(1_000);
      host.cut(1000, "the session was ended");
    });
    expect(told).toEqual([{ type: "session_gone", atMs: expect.any(Number), sessionId }]);
  });

  test("loses nothing where the observer does not read, and keeps no more than ids for it", () => {
    const gateway = new MemoryGateway({ observedEvents: 1 });
    const hosts = Array.from({ length: 500 }, () => gateway.greeted());
    const observer = new MemoryObserver(gateway);
    observer.client.channel.takes = false;
    const watchId = observer.watch({ topic: "sessions" });
    for (let round = 0; round < 10; round++) {
      for (const host of hosts) host.send({ type: "ping" });
      gateway.clock.advance(300);
    }
    hosts.pop()!.send({ type: "end_session", id: 1 });
    expect(observer.told(watchId)).toEqual([]);
    observer.client.drain();
    gateway.clock.advance(300);
    const told = observer.told(watchId);
    expect(new Set(statusesOf(told).map(({ sessionId }) => sessionId)).size).toBe(499);
    expect(told).toHaveLength(499);
    expect(observer.all("observed").map(({ dropped }) => dropped)).toEqual([0, 0, 0]);
  });
});
