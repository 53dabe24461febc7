import { describe, expect, test } from "vitest";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, tagsOf, watcher } from "./memory-observer.ts";

describe("watch", () => {
  test("is answered with ok before its first event", () => {
    const gateway = new MemoryGateway();
    const { sessionId } = gateway.greeted().credentials;
    const observer = new MemoryObserver(gateway, watcher("observe"));
    expect(observer.ask({ type: "watch", topic: "session", sessionId })).toMatchObject([
      { type: "ok", id: 1 },
      { type: "observed", watchId: 1, dropped: 0, events: [{ type: "snapshot" }] },
    ]);
  });

  test("of a session needs its id", () => {
    const observer = new MemoryObserver(new MemoryGateway());
    expect(observer.ask({ type: "watch", topic: "session" })).toEqual([
      {
        type: "error",
        id: 1,
        code: "bad_frame",
        message: "watch.sessionId: expected a string with the topic session, got nothing",
      },
    ]);
  });

  test("is refused under the id of another, which goes on", () => {
    const gateway = new MemoryGateway();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "sessions" });
    expect(observer.ask({ type: "watch", id: watchId, topic: "metrics" })).toEqual([
      { type: "error", code: "duplicate_id", message: `a watch has the id ${watchId} already` },
    ]);
    expect(observer.during(watchId, () => gateway.greeted())).toHaveLength(1);
  });

  test("is refused past the limit of watches, until one ends", () => {
    const observer = new MemoryObserver(new MemoryGateway({ watches: 2 }));
    const first = observer.watch({ topic: "sessions" });
    observer.watch({ topic: "sessions" });
    const refused = observer.ask({ type: "watch", topic: "metrics" });
    expect(refused).toMatchObject([{ code: "too_many_watches", message: "the observer has 2 watches (watches)" }]);
    observer.ask({ type: "unwatch", watchId: first });
    observer.watch({ topic: "metrics" });
  });

  test("ends with unwatch, behind whose answer nothing of it follows", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId, frames: true });
    gateway.clock.advance(50);
    host.send({ type: "ping" });
    expect(observer.ask({ type: "unwatch", watchId })).toEqual([{ type: "ok", id: 2 }]);
    expect(observer.during(watchId, () => host.send({ type: "ping" }))).toEqual([]);
    expect(observer.ask({ type: "unwatch", watchId })).toEqual([{ type: "ok", id: 3 }]);
  });

  test("ends with its socket, and with it all that is kept for it", () => {
    const gateway = new MemoryGateway();
    const host = gateway.greeted();
    const before = gateway.clock.pending;
    const observer = new MemoryObserver(gateway);
    observer.watch({ topic: "session", sessionId: host.credentials.sessionId, frames: true });
    observer.watch({ topic: "sessions" });
    observer.watch({ topic: "metrics" });
    gateway.clock.advance(10);
    host.send({ type: "ping" });
    observer.client.cut();
    expect(gateway.clock.pending).toBe(before);
    const ledger = gateway.context.observatory.ledgerOf(host.credentials.sessionId);
    expect([ledger.isWatched, ledger.isShown]).toEqual([false, false]);
  });
});

describe("an observer that does not read", () => {
  /** A watched session, and an observer that has not read anything since the snapshot. */
  function setUp(limits: object) {
    const gateway = new MemoryGateway(limits);
    const host = gateway.greeted();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId: host.credentials.sessionId, frames: true });
    gateway.clock.advance(60);
    observer.client.channel.takes = false;
    const before = observer.all("observed").length;
    const read = () => {
      observer.client.drain();
      gateway.clock.advance(1_000);
      return observer.all("observed").slice(before);
    };
    return { gateway, host, observer, watchId, read };
  }

  test("loses the newest events, and is told how many, where they are missing", () => {
    const { gateway, host, observer, read } = setUp({ observedEvents: 7 });
    for (let count = 0; count < 10; count++) host.send({ type: "ping" });
    gateway.clock.advance(1_000);
    const told = read();
    expect(told).toMatchObject([
      { dropped: 0, events: Array.from({ length: 7 }, () => ({ type: "frame" })) },
      { dropped: 13, events: [] },
    ]);
    host.send({ type: "ping" });
    gateway.clock.advance(100);
    expect(observer.frames.at(-1)).toMatchObject({ dropped: 0, events: [{ tag: "ping" }, { tag: "pong" }] });
    expect(gateway.observer.all("events_dropped")).toEqual([{ type: "events_dropped", connection: 1, count: 13 }]);
  });

  test("has its bytes bounded as well as its events", () => {
    const { gateway, host, read } = setUp({ observedBytes: 70_000 });
    const tools = [{ name: "t", description: "d".repeat(30_000) }];
    for (let id = 1; id <= 3; id++) host.send({ type: "set_tools", id, tools });
    gateway.clock.advance(1_000);
    const tags = read().map(({ events, dropped }) => [dropped, ...tagsOf(events)]);
    expect(tags).toEqual([
      [0, "in set_tools", "out ok", "in set_tools", "out ok"],
      [1, "out ok"],
    ]);
  });

  test("shares its room among its watches, and no other observer's", () => {
    const { gateway, host, observer, read } = setUp({ observedEvents: 6 });
    const other = new MemoryObserver(gateway);
    const { sessionId } = host.credentials;
    const seen = other.watch({ topic: "session", sessionId, frames: true });
    observer.client.channel.takes = true;
    observer.watch({ topic: "session", sessionId, frames: true });
    gateway.clock.advance(60);
    observer.client.channel.takes = false;
    for (let count = 0; count < 2; count++) host.send({ type: "ping" });
    expect(read().reduce((sum, { dropped }) => sum + dropped, 0)).toBe(2);
    expect(tagsOf(other.told(seen))).toHaveLength(4);
  });

  test("costs its host nothing", () => {
    const { host, read } = setUp({ observedEvents: 1, observedBytes: 1 });
    for (let count = 0; count < 1_000; count++) host.send({ type: "ping" });
    expect([host.channel.all("pong").length, host.channel.closing]).toEqual([1_000, undefined]);
    expect(read()).toMatchObject([{ dropped: 2_000, events: [] }]);
  });
});

describe("the topic metrics", () => {
  test("tells the numbers at once, and then once a second", async () => {
    const gateway = new MemoryGateway();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const watchId = observer.watch({ topic: "metrics" });
    const pass = async (ms: number) => {
      gateway.clock.advance(ms);
      await Promise.resolve();
      await Promise.resolve();
      gateway.clock.advance(0);
    };
    await pass(0);
    gateway.numbers = { ...gateway.numbers, connections: 7 };
    await pass(999);
    expect(observer.told(watchId)).toMatchObject([{ type: "metrics", atMs: Date.UTC(2030, 0), connections: 0 }]);
    await pass(1);
    expect(observer.told(watchId)).toMatchObject([{ connections: 0 }, { connections: 7 }]);
    observer.client.channel.takes = false;
    for (let count = 0; count < 5; count++) {
      gateway.numbers = { ...gateway.numbers, connections: count };
      await pass(1_000);
    }
    observer.client.drain();
    expect(observer.told(watchId).slice(2)).toMatchObject([{ connections: 4 }]);
    observer.client.cut();
  });
});
