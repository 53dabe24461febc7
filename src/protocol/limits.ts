const KiB = 1024;
const MiB = 1024 * KiB;
const seconds = 1000;
const minutes = 60 * seconds;

/**
 * Bytes of a message between the gateway and an executor, past which its stream ends. The largest have a text of 16 MiB, or
 * a session's stored values, which JSON may make six times as long; `option-problems.ts` holds the limits to it.
 */
export const MAX_MESSAGE_BYTES = 128 * MiB;

/** The largest `errorBytes`: an executor whose cells have longer errors is not believed. */
export const MAX_ERROR_BYTES = 1 * MiB;

/** What a limit counts. */
export type LimitUnit = "bytes" | "ms" | "count" | "levels";

/** One row of {@link limitTable}. */
export interface LimitRow {
  /** The default. */
  readonly value: number;
  readonly unit: LimitUnit;
  readonly meaning: string;
  /** Whether a client must know it: `welcome.limits` carries it. */
  readonly announced: boolean;
}

const row = (value: number, unit: LimitUnit, announced: boolean, meaning: string): LimitRow => ({
  value,
  unit,
  announced,
  meaning,
});

/**
 * Every limit of the gateway with its default: each is an option, a flag and an environment variable of the same name
 * (see `config.ts`), and each is enforced by whoever receives.
 */
export const limitTable = {
  frameBytes: row(4 * MiB, "bytes", true, "one frame, in both directions"),
  frameDepth: row(160, "levels", true, "nesting of a frame, so that a value at its own limit fits in any frame"),
  frameNodes: row(100_000, "count", true, "values and keys in a frame"),
  valueDepth: row(128, "levels", true, "nesting of a tool's input or result, and of a stored value"),
  nameChars: row(256, "count", true, "characters of a name, an id or a code in a client's frame"),
  connections: row(10_000, "count", false, "open TCP connections; further ones are cut"),
  requestMs: row(10 * seconds, "ms", false, "from the connection to the end of a request's head"),
  badFrames: row(10, "count", false, "bad frames in a row that close the connection (4400)"),
  helloBytes: row(MiB, "bytes", false, "a frame before there is a turn: `hello` with its tools"),
  helloMs: row(10 * seconds, "ms", false, "from the upgrade to a valid `hello` (4408)"),
  heartbeatMs: row(25 * seconds, "ms", false, "between two pings of the gateway; `welcome.heartbeatMs` tells it"),
  pongMs: row(10 * seconds, "ms", false, "silence beyond `heartbeatMs` that is taken for a lost socket (4440)"),
  frameMs: row(30 * seconds, "ms", false, "from the first byte of a message to its last (1009)"),
  fragments: row(256, "count", false, "fragments of a WebSocket message (1009)"),
  framesPerSecond: row(10_000, "count", false, "messages, fragments and pings a second from a socket"),
  bytesPerSecond: row(64 * MiB, "bytes", false, "bytes a second of a socket's messages and answers; more wait"),
  sliceMs: row(10, "ms", false, "work on a socket's messages before other sockets have their turn"),
  sourceBytes: row(1 * MiB, "bytes", true, "a source"),
  cellsPerSession: row(128, "count", true, "live cells a session"),
  cells: row(2_000, "count", false, "cells that run at once, in all; further ones wait in the queue"),
  queuedCells: row(1_000, "count", false, "cells that wait in the queue, in all"),
  heapBytes: row(64 * MiB, "bytes", true, "heap and array buffers a cell"),
  maxCpuMs: row(60 * seconds, "ms", true, "time on the CPU a cell, by estimate"),
  maxWallMs: row(60 * minutes, "ms", true, "wall time a cell: the default and the ceiling of `execute.maxWallMs`"),
  yieldMs: row(10 * seconds, "ms", true, "yield time where a request gives none"),
  yieldFloorMs: row(10, "ms", true, "shortest yield time, but for 0"),
  yieldCeilingMs: row(5 * minutes, "ms", true, "longest yield time, but for null"),
  unreadBytes: row(16 * MiB, "bytes", true, "unread content a cell; past it the middle is left out"),
  unreadItems: row(400_000, "count", true, "unread content items a cell; past it the middle is left out"),
  unreadBytesPerSession: row(64 * MiB, "bytes", true, "content of a session that no answer took, or no `ack` covered"),
  unackedAnswers: row(10_000, "count", true, "answers a turn may leave unacknowledged (4431)"),
  heldBackBytes: row(1 * MiB, "bytes", false, "unsent bytes above which what can wait is not written to a socket"),
  replayBytes: row(16 * MiB, "bytes", false, "frames a turn keeps to send them again"),
  replayFrames: row(10_000, "count", false, "frames a turn keeps to send them again"),
  replayBytesTotal: row(512 * MiB, "bytes", false, "frames that all turns keep to send them again"),
  stalledMs: row(
    10 * seconds,
    "ms",
    false,
    "how long a client may read nothing while there is something to read (4431)",
  ),
  unsentBytes: row(64 * MiB, "bytes", false, "bytes that a client has not taken from its socket (4431)"),
  outcomesPerSession: row(64, "count", true, "unread outcomes a session; past it the oldest expires"),
  outcomeTtlMs: row(15 * minutes, "ms", true, "how long an unread outcome is kept"),
  closedCells: row(1_024, "count", false, "closed cells a session whose fate is remembered"),
  sessionTtlMs: row(15 * minutes, "ms", true, "how long a session lives without a host"),
  sessions: row(1_000, "count", false, "sessions in all"),
  sessionsPerPrincipal: row(1_000, "count", false, "sessions a principal (1013)"),
  socketsPerPrincipal: row(1_000, "count", false, "sockets a principal (4429)"),
  callsPerCell: row(1_024, "count", true, "open tool calls a cell; further ones wait in the cell"),
  callsPerSession: row(4_096, "count", true, "open tool calls a session; further ones wait in the gateway"),
  callBytesPerSession: row(
    64 * MiB,
    "bytes",
    true,
    "input of a session's open tool calls; past it they wait in the cell, or reject",
  ),
  timersPerCell: row(256, "count", true, "pending timers a cell"),
  notifyBytes: row(1 * MiB, "bytes", true, "text of one notification"),
  notificationsPerSession: row(10_000, "count", true, "notifications that wait for a host"),
  notificationBytesPerSession: row(16 * MiB, "bytes", true, "notifications that wait for a host"),
  storedEntries: row(1_024, "count", true, "stored values a session"),
  storedValueBytes: row(1 * MiB, "bytes", true, "one stored value, as JSON text with its key"),
  storedBytes: row(3 * MiB, "bytes", true, "stored values a session, as JSON text with their keys"),
  storedNodes: row(90_000, "count", true, "nodes of a session's stored values, so that they fit one frame"),
  watches: row(1_000, "count", false, "watches of an observer's socket"),
  observedEvents: row(10_000, "count", false, "events that wait for an observer to read; more are lost to it"),
  observedBytes: row(8 * MiB, "bytes", false, "events that wait for an observer to read; more are lost to it"),
  ownExecutors: row(64, "count", false, "processes that run the cells of one session each; past it cells wait for one"),
  cellsPerExecutor: row(100_000, "count", false, "cells that a process serves before it is replaced"),
  recycleRssBytes: row(
    512 * MiB,
    "bytes",
    false,
    "memory of a process beyond 6 MiB a live cell, past which for 5 s it is replaced",
  ),
  executorRssBytes: row(4_096 * MiB, "bytes", false, "memory of a process, past which it is killed"),
  drainMs: row(25 * seconds, "ms", false, "how long running cells have after SIGTERM"),
  errorBytes: row(16 * KiB, "bytes", false, "the message of an error, which is cut there"),
} as const satisfies Record<string, LimitRow>;

/** Name of a limit. */
export type LimitName = keyof typeof limitTable;

/** The limits in force: a number for each name, in the unit of its row. */
export type Limits = { readonly [K in LimitName]: number };

/** The limits as `welcome` tells them to a client. */
export type AnnouncedLimits = { readonly [K in LimitName]?: number };

const names = Object.keys(limitTable) as LimitName[];

/** The defaults. */
export const defaultLimits: Limits = Object.fromEntries(names.map((name) => [name, limitTable[name].value])) as Limits;

/** The part of `limits` that a client must know. */
export function announced(limits: Limits): AnnouncedLimits {
  return Object.fromEntries(names.filter((name) => limitTable[name].announced).map((name) => [name, limits[name]]));
}
