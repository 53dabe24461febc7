import { describe, expect, test } from "vitest";
import type { ObservedEvent, SessionStatus } from "../../src/protocol/observed-events.ts";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, watcher } from "./memory-observer.ts";

const typesOf = (events: readonly ObservedEvent[]): string[] => events.map(({ type }) => type);
const statusesOf = (events: readonly ObservedEvent[]): SessionStatus[] =>
  events.flatMap((event) => (event.type === "session" ? event.session : []));
const tagsOf = (events: readonly ObservedEvent[]): string[] =>
  events.flatMap((event) => (event.type === "frame" ? `${event.direction} ${event.tag}` : []));

/** The frame in an event, as its bytes say. */
const frameIn = (event: ObservedEvent): unknown =>
  event.type === "frame" && JSON.parse(Buffer.from(event.bytes as string, "base64").toString());

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

describe("frames of a session", () => {
  /** A session whose frames are watched from its second turn on. */
  function setUp(fields: object = {}, limits = {}) {
    const gateway = new MemoryGateway(limits);
    const first = gateway.greeted();
    const { sessionId } = first.credentials;
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const watchId = observer.watch({ topic: "session", sessionId, frames: true, ...fields });
    const show = (act: () => void) => observer.during(watchId, act).filter(({ type }) => type === "frame");
    return { gateway, first, observer, watchId, show };
  }

  test("are shown in both directions as they stood on the wire, what causes something ahead of it", () => {
    const { first, gateway, show } = setUp();
    const frames = show(() => {
      first.send({ type: "execute", id: 1, source: "1", yieldMs: null });
      gateway.executor.latest.started().end();
      first.send({ type: "ack", seq: 2 });
      first.send({ type: "ping" });
    });
    const { cellId } = gateway.executor.latest;
    expect(tagsOf(frames)).toEqual([
      "in execute",
      "out started",
      "out result",
      "in ack",
      "out cell_closed",
      "in ping",
      "out pong",
    ]);
    const sent = JSON.stringify({ type: "execute", id: 1, source: "1", yieldMs: null });
    const subprotocol = "cellgate.v1.json";
    const common = { type: "frame", atMs: expect.any(Number), subprotocol };
    expect(frames[0]).toEqual({
      ...common,
      direction: "in",
      tag: "execute",
      sizeBytes: sent.length,
      bytes: Buffer.from(sent).toString("base64"),
    });
    expect(frames[1]).toEqual({
      ...common,
      direction: "out",
      tag: "started",
      cellId,
      seq: 1,
      sizeBytes: expect.any(Number),
      bytes: expect.any(String),
    });
    expect(frameIn(frames[1]!)).toEqual({ type: "started", id: 1, cellId, seq: 1 });
  });

  test("of a handshake have no session token", () => {
    const { first, gateway, show } = setUp();
    const { sessionId, sessionToken } = first.credentials;
    const frames = show(() => {
      const second = gateway.greeted(first.credentials);
      second.cut();
      gateway.resumed(second);
    });
    expect(tagsOf(frames)).toEqual(["in hello", "out welcome", "in hello", "out welcome"]);
    for (const event of frames) expect(frameIn(event)).toMatchObject({ sessionId, sessionToken: "…" });
    expect(JSON.stringify(frames.map(frameIn))).not.toContain(sessionToken);
    expect(frames[0]).toMatchObject({
      sizeBytes: JSON.stringify({ type: "hello", ...first.credentials }).length,
    });
  });

  test("are shown once, though they are sent again", () => {
    const { first, gateway, show } = setUp();
    const frames = show(() => {
      first.send({ type: "execute", id: 1, source: "1" });
      first.cut();
      gateway.resumed(first, 0);
    });
    expect(tagsOf(frames)).toEqual(["in execute", "out started", "in hello", "out welcome"]);
  });

  test("that are refused are shown, but not those that cannot be read", () => {
    const { first, show } = setUp();
    const frames = show(() => {
      first.send({ type: "ack", seq: 99 });
      first.send({ type: "hello", sessionToken: "secret", sessionId: "s" });
      first.send({ type: "wait", id: "x", cellId: "secret" });
      first.sendBroken();
    });
    expect(tagsOf(frames)).toEqual(["in ack", ...Array(4).fill("out error")]);
    expect(JSON.stringify(frames.map(frameIn))).not.toContain("secret");
  });

  test("above frameBytes are shown without their bytes", () => {
    const { first, show } = setUp({ frameBytes: 60 });
    const frames = show(() => first.send({ type: "wait", id: 1, cellId: "c".repeat(40) }));
    const [wait, result] = frames;
    expect([wait, result]).toMatchObject([{ tag: "wait" }, { tag: "result" }]);
    expect(wait).not.toHaveProperty("bytes");
    expect(wait).toMatchObject({ sizeBytes: expect.any(Number) });
  });

  test("are shown with up to 64 KiB, unless a watch says otherwise", () => {
    const { first, show } = setUp();
    const sized = (bytes: number) => {
      const overhead = JSON.stringify({ type: "set_tools", id: 1, tools: [{ name: "t", description: "" }] }).length;
      const tools = [{ name: "t", description: "d".repeat(bytes - overhead) }];
      const [event] = show(() => first.send({ type: "set_tools", id: 1, tools }));
      return event?.type === "frame" && [event.sizeBytes, "bytes" in event];
    };
    expect([sized(65_536), sized(65_537)]).toEqual([
      [65_536, true],
      [65_537, false],
    ]);
  });

  test("are sampled: every n-th is shown, and the others are not counted as lost", () => {
    const { first, observer, show } = setUp({ sample: 3 });
    const frames = show(() => {
      for (let count = 0; count < 6; count++) first.send({ type: "ping" });
    });
    expect(tagsOf(frames)).toEqual(["in ping", "out pong", "in ping", "out pong"]);
    expect(observer.all("observed").every(({ dropped }) => dropped === 0)).toBe(true);
  });

  test("are not shown to a watch that did not ask for them", () => {
    const { first, show } = setUp({ frames: false });
    expect(show(() => first.send({ type: "ping" }))).toEqual([]);
  });

  test("too large to be shown are shown without their bytes", () => {
    const { first, observer, show } = setUp();
    observer.client.channel.isTooLarge = (frame) => JSON.stringify(frame).includes('"bytes"');
    const frames = show(() => first.send({ type: "ping" }));
    expect(tagsOf(frames)).toEqual(["in ping", "out pong"]);
    expect(frames.every((event) => !("bytes" in event))).toBe(true);
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
