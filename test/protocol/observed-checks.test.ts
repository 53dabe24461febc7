import { describe, expect, test } from "vitest";
import { readFrame } from "../../src/protocol/frame-check.ts";
import { isKnownEvent, observedFrameChecks } from "../../src/protocol/observed-checks.ts";
import type { ObservedEvent, SessionStatus } from "../../src/protocol/observed-events.ts";

const checks = observedFrameChecks(2);
const observed = (...events: object[]) => ({ type: "observed", watchId: 1, dropped: 0, events });
const messageOf = (frame: object): string | undefined => {
  const reading = readFrame(frame, checks);
  return "refusal" in reading ? reading.refusal.message : undefined;
};

const session: SessionStatus = {
  sessionId: "s",
  principal: "a",
  openedAtMs: 1,
  state: "connected",
  turn: 1,
  liveCells: 0,
  openCalls: 0,
  unreadOutcomes: 0,
  unreadBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  cells: 0,
  resumes: 0,
};
const histogram = { count: 1, sumMs: 0.5, buckets: [[0.5, 1] as [number, number]] };

/** One of each kind. */
const events: ObservedEvent[] = [
  { type: "session", atMs: 1, session: { ...session, client: "c 1", lastClose: { code: 1000, reason: "", atMs: 2 } } },
  { type: "session_gone", atMs: 1, sessionId: "s" },
  { type: "snapshot", atMs: 1, session, cells: [], values: { a: "1" } },
  { type: "turn_opened", atMs: 1, turn: 1, client: "c 1" },
  { type: "turn_resumed", atMs: 1, turn: 1, gap: false },
  { type: "turn_cut", atMs: 1, turn: 1, code: 1006, reason: "" },
  { type: "turn_ended", atMs: 1, turn: 1 },
  { type: "cell_accepted", atMs: 1, cellId: "c", turn: 1, source: "1", toolCallId: "t", tools: ["a"] },
  { type: "cell_started", atMs: 1, cellId: "c", queuedMs: 0.25 },
  {
    type: "cell_ended",
    atMs: 1,
    cellId: "c",
    ending: "script_error",
    ageMs: 0.5,
    usage: { wallMs: 1, cpuMs: 1, toolCalls: 0 },
    error: { code: "script_error", message: "oh" },
  },
  { type: "call_made", atMs: 1, callId: "c.1", cellId: "c", tool: "t" },
  { type: "call_ended", atMs: 1, callId: "c.1", cellId: "c", ending: "failed", code: "own", ageMs: 1.5 },
  { type: "outcome_dropped", atMs: 1, cellId: "c" },
  { type: "limit_hit", atMs: 1, limit: "cells" },
  { type: "values", atMs: 1, cellId: "c", writes: { a: "1", b: null } },
  {
    type: "frame",
    atMs: 1,
    direction: "in",
    tag: "ping",
    sizeBytes: 2,
    subprotocol: "cellgate.v1.json",
    bytes: Uint8Array.of(1),
  },
  {
    type: "metrics",
    atMs: 1,
    connections: 1,
    observers: 1,
    sessions: 1,
    cellsLive: 1,
    cellsQueued: 1,
    endings: { ok: 1 },
    execute: histogram,
    queue: histogram,
    toolCall: histogram,
    executors: [{ pid: 1, role: "shared", cells: 1, rssBytes: 1 }],
    executorsReady: 1,
    restarts: { lost: 1 },
    loopLagMs: { median: 0.1, p99: 1.5, max: 2 },
    rssBytes: 1,
    receivedBytes: 1,
    sentBytes: 1,
    closes: { "1000": 1 },
    limitHits: { cells: 1 },
    droppedEvents: 1,
  },
];

describe("an event passes", () => {
  test.each(events.map((event) => [event.type, event] as const))("%s", (_, event) => {
    expect(readFrame(observed(event), checks)).toEqual({ frame: observed(event) });
    expect(isKnownEvent(event)).toBe(true);
  });

  test("with fields, codes and names of a newer gateway", () => {
    const newer = [
      { type: "cell_ended", atMs: 1, cellId: "c", ending: "new_limit", ageMs: 1, error: { code: "new", message: "m" } },
      { type: "limit_hit", atMs: 1, limit: "newLimit", more: [] },
    ];
    expect(messageOf(observed(...newer))).toBeUndefined();
  });

  test("of a kind that is not known, and says so", () => {
    const event = { type: "weather", atMs: 1, degrees: 4 };
    expect(messageOf(observed(event))).toBeUndefined();
    expect(isKnownEvent(event as object as ObservedEvent)).toBe(false);
    expect(isKnownEvent({ type: "constructor" } as object as ObservedEvent)).toBe(false);
  });
});

describe("an event is refused, with its place", () => {
  test.each(events.map((event) => [event.type, event] as const))("%s without its time", (type, event) => {
    const { atMs: _, ...rest } = event;
    expect(messageOf(observed(rest))).toBe("observed.events[0].atMs: expected a whole number from 0, got nothing");
    expect(type).toBe(event.type);
  });

  test.each<[object, string]>([
    [5 as unknown as object, "observed.events[0]: expected an event with a type, got 5"],
    [{ type: "values", atMs: 1, writes: { a: 5 } }, ".writes.a: expected a string or null, got 5"],
    [{ ...events[15], bytes: 5 }, ".bytes: expected bytes, got 5"],
    [{ ...events[15], direction: "up" }, '.direction: expected "in" or "out", got "up"'],
    [{ ...events[8], queuedMs: NaN }, ".queuedMs: expected a finite number, got NaN"],
    [
      { ...events[16], queue: { ...histogram, buckets: [[1]] } },
      ".queue.buckets[0]: expected two numbers, got a list of 1",
    ],
    [
      { ...events[0], session: { ...session, state: "lost" } },
      '.session.state: expected "connected" or "suspended" or "detached", got "lost"',
    ],
  ])("%j", (event, message) => {
    expect(messageOf(observed(event))).toContain(message);
  });
});

describe("a frame for observers", () => {
  test.each([
    [
      {
        type: "observing",
        scopes: ["observe"],
        heartbeatMs: 1,
        limits: {},
        server: { name: "n", version: "1" },
        nowMs: 1,
      },
    ],
    [{ type: "sessions", id: 1, sessions: [session], total: 1, more: false }],
    [{ type: "cells", id: 1, cells: [] }],
    [{ type: "stored_values", id: 1, values: { a: [[1]] } }],
    [{ type: "ok", id: 1 }],
    [{ type: "error", code: "forbidden", message: "m" }],
    [{ type: "error", id: 1, code: "of_a_newer_gateway", message: "m" }],
    [{ type: "pong" }],
    [{ type: "drain", deadlineMs: 0, retryAfterMs: 0 }],
  ])("passes: %j", (frame) => {
    expect(readFrame(frame, checks)).toEqual({ frame });
  });

  test.each<[object, string]>([
    [{ type: "observed", watchId: 1, events: [] }, "observed.dropped: expected a whole number from 0, got nothing"],
    [{ type: "sessions", id: 1, sessions: [], total: 0 }, "sessions.more: expected true or false, got nothing"],
    [{ type: "ok" }, "ok.id: expected a whole number from 1, got nothing"],
    [
      { type: "stored_values", id: 1, values: { a: [[[1]]] } },
      "stored_values.values.a[0][0]: expected at most 2 levels of nesting, got a list of 1",
    ],
  ])("is refused: %j", (frame, message) => {
    expect(messageOf(frame)).toBe(message);
  });
});
