import {
  type Check,
  integer,
  isBoolean,
  isNumber,
  isString,
  jsonValue,
  listOf,
  mapOf,
  nameOf,
  nullable,
  oneOf,
  optional,
  shape,
} from "./check.ts";
import type { Subprotocol } from "./codec.ts";
import { frame, type FrameChecks } from "./frame-check.ts";
import type { LimitName } from "./limits.ts";
import type {
  CellEnding,
  ExecutorNumbers,
  HistogramNumbers,
  LagNumbers,
  ObservedEvent,
  SessionClose,
  SessionStatus,
} from "./observed-events.ts";
import type { ObserverServerFrame, ScopeName } from "./observer-frames.ts";
import { announcedLimits, cellError, cellStatus, cellUsage, requestErrorCode, software } from "./value-checks.ts";

const id = integer(1);
const atMs = integer(0);
const count = integer(0);
const counts = mapOf(count);
const ms = isNumber;
// A newer gateway may know names that we do not.
const anyName = <T extends string>(): Check<T> => isString as Check<unknown> as Check<T>;

const session = shape<SessionStatus>({
  sessionId: isString,
  principal: isString,
  openedAtMs: atMs,
  state: oneOf("connected", "suspended", "detached"),
  turn: count,
  client: optional(isString),
  liveCells: count,
  openCalls: count,
  unreadOutcomes: count,
  unreadBytes: count,
  receivedBytes: count,
  sentBytes: count,
  cells: count,
  resumes: count,
  lastClose: optional(shape<SessionClose>({ code: count, reason: isString, atMs })),
});

const bucket: Check<[number, number]> = (value) =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)
    ? undefined
    : { path: "", expected: "two numbers", got: nameOf(value) };
const histogram = shape<HistogramNumbers>({ count, sumMs: ms, buckets: listOf(bucket) });
const bytes: Check<Uint8Array | string> = (value) =>
  value instanceof Uint8Array || typeof value === "string"
    ? undefined
    : { path: "", expected: "bytes", got: nameOf(value) };

const eventChecks: FrameChecks<ObservedEvent> = {
  session: frame("session", { atMs, session }),
  session_gone: frame("session_gone", { atMs, sessionId: isString }),
  snapshot: frame("snapshot", { atMs, session, cells: listOf(cellStatus), values: optional(mapOf(isString)) }),
  turn_opened: frame("turn_opened", { atMs, turn: count, client: optional(isString) }),
  turn_resumed: frame("turn_resumed", { atMs, turn: count, client: optional(isString), gap: isBoolean }),
  turn_cut: frame("turn_cut", { atMs, turn: count, code: count, reason: isString }),
  turn_ended: frame("turn_ended", { atMs, turn: count }),
  cell_accepted: frame("cell_accepted", {
    atMs,
    cellId: isString,
    turn: count,
    source: isString,
    toolCallId: optional(isString),
    tools: listOf(isString),
  }),
  cell_started: frame("cell_started", { atMs, cellId: isString, queuedMs: ms }),
  cell_ended: frame("cell_ended", {
    atMs,
    cellId: isString,
    ending: anyName<CellEnding>(),
    ageMs: ms,
    usage: optional(cellUsage),
    error: optional(cellError),
  }),
  call_made: frame("call_made", { atMs, callId: isString, cellId: isString, tool: isString }),
  call_ended: frame("call_ended", {
    atMs,
    callId: isString,
    cellId: isString,
    ending: oneOf("answered", "failed", "cancelled"),
    code: optional(isString),
    ageMs: ms,
  }),
  outcome_dropped: frame("outcome_dropped", { atMs, cellId: isString }),
  limit_hit: frame("limit_hit", { atMs, limit: anyName<LimitName>() }),
  values: frame("values", { atMs, cellId: optional(isString), writes: mapOf(nullable(isString)) }),
  frame: frame("frame", {
    atMs,
    direction: oneOf("in", "out"),
    tag: isString,
    cellId: optional(isString),
    seq: optional(count),
    sizeBytes: count,
    subprotocol: oneOf<Subprotocol>("cellgate.v1.msgpack", "cellgate.v1.json"),
    bytes: optional(bytes),
  }),
  metrics: frame("metrics", {
    atMs,
    connections: count,
    observers: count,
    sessions: count,
    cellsLive: count,
    cellsQueued: count,
    endings: counts,
    execute: histogram,
    queue: histogram,
    toolCall: histogram,
    executors: listOf(shape<ExecutorNumbers>({ pid: count, role: isString, cells: count, rssBytes: count })),
    executorsReady: count,
    restarts: counts,
    loopLagMs: shape<LagNumbers>({ median: ms, p99: ms, max: ms }),
    rssBytes: count,
    receivedBytes: count,
    sentBytes: count,
    closes: counts,
    limitHits: counts,
    droppedEvents: count,
  }),
};

/** Passes events with a tag that is not known: a newer gateway may have more to tell. */
const event: Check<ObservedEvent> = (value) => {
  const tag = (value as { type?: unknown } | null)?.type;
  if (typeof tag !== "string") return { path: "", expected: "an event with a type", got: nameOf(value) };
  return isKnownTag(tag) ? eventChecks[tag](value) : undefined;
};

function isKnownTag(tag: string): tag is ObservedEvent["type"] {
  return Object.hasOwn(eventChecks, tag);
}

/** Whether an event that passed its check is one that we know. */
export function isKnownEvent(observed: ObservedEvent): boolean {
  return isKnownTag(observed.type);
}

/** The checks of the gateway's frames for observers. `valueDepth` bounds stored values, in levels. */
export function observedFrameChecks(valueDepth: number): FrameChecks<ObserverServerFrame> {
  return {
    observing: frame("observing", {
      scopes: listOf(anyName<ScopeName>()),
      heartbeatMs: id,
      limits: announcedLimits,
      server: software,
      nowMs: atMs,
    }),
    sessions: frame("sessions", { id, sessions: listOf(session), total: count, more: isBoolean }),
    observed: frame("observed", { watchId: id, dropped: count, events: listOf(event) }),
    cells: frame("cells", { id, cells: listOf(cellStatus) }),
    stored_values: frame("stored_values", { id, values: mapOf(jsonValue(valueDepth)) }),
    ok: frame("ok", { id }),
    error: frame("error", { id: optional(id), code: requestErrorCode, message: isString }),
    pong: frame("pong", {}),
    drain: frame("drain", { deadlineMs: count, retryAfterMs: count }),
  };
}
