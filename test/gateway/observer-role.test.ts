import { describe, expect, test } from "vitest";
import { announced } from "../../src/protocol/limits.ts";
import { MemoryGateway, server } from "./memory-gateway.ts";
import { MemoryObserver, watcher } from "./memory-observer.ts";
import { observedSession } from "./observed-session.ts";

const hello = { type: "hello", role: "observer" };

describe("hello of an observer", () => {
  test.each([[["observe"]], [["admin"]], [["host", "observe"]]] as const)(
    "is answered with observing for the scopes %j",
    (scopes) => {
      const gateway = new MemoryGateway();
      const { frames } = new MemoryObserver(gateway, watcher(...scopes));
      expect(frames).toEqual([
        {
          type: "observing",
          scopes,
          heartbeatMs: gateway.limits.heartbeatMs,
          limits: announced(gateway.limits),
          server,
          nowMs: gateway.clock.unixMs(),
        },
      ]);
    },
  );

  test("closes with 4403 where the token only hosts", () => {
    const observer = new MemoryObserver(new MemoryGateway(), watcher("host"));
    expect(observer.client.channel.closing).toEqual({ code: 4403, reason: "expected the scope observe or admin" });
    expect(observer.frames).toEqual([]);
  });

  test("is told to whoever logs, and so is its end, once", () => {
    const gateway = new MemoryGateway();
    const observer = new MemoryObserver(gateway);
    observer.client.cut();
    observer.client.cut();
    const told = { connection: 1, principal: "watcher" };
    expect(gateway.observer.events).toEqual([
      { type: "observer_opened", ...told, client: "eye 1" },
      { type: "observer_closed", ...told },
    ]);
  });

  test("may follow one that was refused, in whichever role", () => {
    const gateway = new MemoryGateway();
    for (const first of [
      { ...hello, client: 5 },
      { type: "hello", tools: 5 },
      { type: "nonsense", id: 3 },
    ]) {
      const client = gateway.connect();
      client.send(first, hello);
      expect(client.channel.tags).toEqual(["error", "observing"]);
      const other = gateway.connect();
      other.send(first, { type: "hello" });
      expect(other.channel.tags).toEqual(["error", "welcome"]);
    }
  });

  test("is due within helloMs, whatever else is tried before it", () => {
    const gateway = new MemoryGateway({ helloMs: 1_000 });
    const client = gateway.connect(watcher("observe"));
    client.send({ ...hello, client: 5 });
    gateway.clock.advance(999);
    expect(client.channel.closing).toBeUndefined();
    gateway.clock.advance(1);
    expect(client.channel.closing?.code).toBe(4408);
    const open = new MemoryObserver(gateway);
    open.client.channel.onPing = () => {};
    gateway.clock.advance(1_001);
    expect(open.client.channel.closing).toBeUndefined();
  });

  test("comes once, and first", () => {
    const gateway = new MemoryGateway();
    const observer = new MemoryObserver(gateway);
    expect(observer.ask(hello)).toEqual([
      { type: "error", id: 1, code: "bad_frame", message: "expected hello only once, as the first frame, got hello" },
    ]);
    const silent = gateway.connect(watcher("observe"));
    silent.send({ type: "list_sessions", id: 7 });
    expect(silent.channel.sent).toEqual([
      {
        type: "error",
        id: 7,
        code: "bad_frame",
        message: "expected hello as the first frame, got list_sessions",
      },
    ]);
  });
});

describe("a frame of the other role is a bad frame that names the role that was expected", () => {
  test("for an observer", () => {
    const observer = new MemoryObserver(new MemoryGateway());
    expect(observer.ask({ type: "execute", source: "1" })).toEqual([
      {
        type: "error",
        id: 1,
        code: "bad_frame",
        message: "execute: expected a frame of an observer, got one of a host",
      },
    ]);
  });

  test("for a host", () => {
    const host = new MemoryGateway().greeted();
    const [error] = host.during(() => host.send({ type: "watch", id: 1, topic: "sessions" }));
    expect(error).toMatchObject({
      id: 1,
      code: "bad_frame",
      message: "watch: expected a frame of a host, got one of an observer",
    });
  });
});

describe("what cannot be taken", () => {
  test("is refused, and ten times in a row close with 4400", () => {
    const observer = new MemoryObserver(new MemoryGateway());
    for (let id = 1; id < 10; id++) observer.send({ type: "nonsense", id });
    observer.send({ type: "ping" });
    for (let id = 1; id < 10; id++) observer.send({ type: "unwatch", id });
    expect(observer.client.channel.closing).toBeUndefined();
    observer.client.sendBroken();
    expect(observer.client.channel.closing?.code).toBe(4400);
    expect(observer.all("error").map(({ code }) => code)).toEqual([
      ...Array(9).fill("unknown_frame"),
      ...Array(10).fill("bad_frame"),
    ]);
  });

  test("is ignored where its tag is unknown and it has no id", () => {
    const observer = new MemoryObserver(new MemoryGateway());
    for (let count = 0; count < 20; count++) observer.send({ type: "nonsense" });
    expect([observer.frames.length, observer.client.channel.closing]).toEqual([1, undefined]);
  });
});

test("ping is answered with pong", () => {
  expect(new MemoryObserver(new MemoryGateway()).ask({ type: "ping" })).toEqual([{ type: "pong" }]);
});

describe("list_sessions", () => {
  test("gives the sessions of all principals, page by page, in the order of their ids", () => {
    const gateway = new MemoryGateway();
    const ids = ["a", "b", "c"].map(
      (name) => gateway.greeted({}, { name, scopes: new Set(["host"]) }).welcome.sessionId,
    );
    const sorted = ids.toSorted();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const page = (fields: object) => {
      const [answer] = observer.ask({ type: "list_sessions", ...fields });
      if (answer?.type !== "sessions") throw new Error("expected sessions");
      return [answer.sessions.map(({ sessionId }) => sessionId), answer.total, answer.more];
    };
    expect(page({})).toEqual([sorted, 3, false]);
    expect(page({ limit: 2 })).toEqual([sorted.slice(0, 2), 3, true]);
    expect(page({ limit: 2, after: sorted[1] })).toEqual([sorted.slice(2), 3, false]);
    expect(page({ after: `${sorted[0]}-was-here` })[0]).toEqual(sorted.slice(1));
  });

  test("gives fewer than were asked for where they do not fit a frame", () => {
    const gateway = new MemoryGateway();
    for (let count = 0; count < 5; count++) gateway.greeted();
    const observer = new MemoryObserver(gateway);
    observer.client.channel.isTooLarge = (frame) => ((frame as { sessions?: unknown[] }).sessions ?? []).length > 2;
    expect(observer.ask({ type: "list_sessions", limit: 8 })).toMatchObject([
      { type: "sessions", sessions: [{}, {}], total: 5, more: true },
    ]);
  });
});

describe("list_cells and stored_values", () => {
  test("give what a session has", () => {
    const { gateway, sessionId, cell } = observedSession();
    const observer = new MemoryObserver(gateway, watcher("observe"));
    expect(observer.ask({ type: "list_cells", sessionId })).toMatchObject([
      { type: "cells", id: 1, cells: [{ cellId: cell.cellId, state: "running" }] },
    ]);
    cell.write("k", { deep: [1] });
    cell.end();
    expect(observer.ask({ type: "stored_values", sessionId })).toEqual([
      { type: "stored_values", id: 2, values: { k: { deep: [1] } } },
    ]);
  });

  test("are refused with bad_values where those do not fit a frame", () => {
    const { gateway, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway);
    observer.client.channel.isTooLarge = ({ type }) => type === "stored_values";
    expect(observer.ask({ type: "stored_values", sessionId })).toMatchObject([{ id: 1, code: "bad_values" }]);
  });

  test.each([
    [{ type: "list_cells" }],
    [{ type: "stored_values" }],
    [{ type: "end_session" }],
    [{ type: "terminate", cellId: "c" }],
    [{ type: "watch", topic: "session" }],
  ])("and the like are refused with unknown_session where there is none: %j", (frame) => {
    const observer = new MemoryObserver(new MemoryGateway());
    expect(observer.ask({ ...frame, sessionId: "s" })).toEqual([
      { type: "error", id: 1, code: "unknown_session", message: "session s not found" },
    ]);
  });
});

test("an observer that leaves more unread than it may is closed with 4431 when it asks for more", () => {
  const gateway = new MemoryGateway({ unsentBytes: 1_000 });
  const observer = new MemoryObserver(gateway);
  observer.client.channel.unsentBytes = 1_000;
  expect(observer.ask({ type: "list_sessions" })).toMatchObject([{ type: "sessions" }]);
  observer.client.channel.unsentBytes = 1_001;
  expect(observer.ask({ type: "list_sessions" })).toEqual([]);
  expect(observer.client.channel.closing?.code).toBe(4431);
});

describe("of a gateway that goes down", () => {
  test("an observer is told, also one that comes later", () => {
    const gateway = new MemoryGateway();
    const observer = new MemoryObserver(gateway);
    observer.client.tellDrain();
    expect(observer.all("drain")).toEqual([]);
    gateway.drain.begin();
    observer.client.tellDrain();
    const drain = { type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 };
    expect(observer.frames.at(-1)).toEqual(drain);
    expect(new MemoryObserver(gateway).frames.at(-1)).toEqual(drain);
  });

  test("it hears what there is to tell before it is closed", () => {
    const { gateway, cell, sessionId } = observedSession();
    const observer = new MemoryObserver(gateway);
    const watchId = observer.watch({ topic: "session", sessionId });
    gateway.clock.advance(50);
    cell.end({ how: "terminated" });
    let isWritten = false;
    observer.client.whenWritten(() => (isWritten = true));
    expect([observer.told(watchId).map(({ type }) => type), isWritten]).toEqual([["snapshot", "cell_ended"], true]);
  });
});

test("observers do not keep a session alive", () => {
  const { gateway, host, cell, sessionId } = observedSession({ sessionTtlMs: 1_000 });
  const observer = new MemoryObserver(gateway);
  observer.client.channel.onPing = () => observer.send({ type: "ping" });
  const watchId = observer.watch({ topic: "session", sessionId });
  host.cut();
  gateway.clock.advance(1_000);
  cell.end({ how: "terminated" });
  gateway.clock.advance(50);
  expect(observer.told(watchId).at(-1)).toMatchObject({ type: "session_gone", sessionId });
});
