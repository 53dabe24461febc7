import { describe, expect, test } from "vitest";
import { historyOf } from "../../../client/dashboard/model/frame-history.ts";
import { traceSessions } from "../../../client/dashboard/model/trace-sessions.ts";
import type { Trace, TraceLine } from "../../../client/trace.ts";
import { sessionOf } from "./session-events.ts";

let atMs = 0;

/** A frame on a socket, each a millisecond after the last. */
function line(socket: number, direction: "in" | "out", fields: { type: string; [field: string]: unknown }): TraceLine {
  atMs += 1;
  const bytes = new TextEncoder().encode(JSON.stringify(fields));
  return { atMs, direction, socket, subprotocol: "cellgate.v1.json", bytes };
}

const hello = (socket: number, sessionId?: string) => line(socket, "in", { type: "hello", sessionId });
const welcome = (socket: number, sessionId: string, turn = 1) => {
  return line(socket, "out", { type: "welcome", sessionId, turn, resumed: false });
};
const execute = (socket: number, source: string) => line(socket, "in", { type: "execute", id: 1, source });
const started = (socket: number, cellId: string) => line(socket, "out", { type: "started", id: 1, cellId });

const traceOf = (lines: TraceLine[], sessionId?: string): Trace => {
  return { header: { type: "cellgate.trace", version: 1, sessionId }, lines };
};

/** The sessions of a trace, each with its frames' tags. */
const sessionsOf = (trace: Trace) => {
  return traceSessions(trace).map(({ sessionId, frames }) => [sessionId, ...frames.map(({ tag }) => tag)].join(" "));
};

describe("the sessions of a trace", () => {
  test("are told apart by their sockets, so that each has its own sources", () => {
    const trace = traceOf([
      hello(1),
      hello(2),
      welcome(1, "a"),
      execute(1, "text('a');"),
      welcome(2, "b"),
      execute(2, "text('b');"),
      started(2, "cb"),
      started(1, "ca"),
    ]);
    const cells = traceSessions(trace).map(({ frames }) => sessionOf(...historyOf(frames)).cells);
    expect(cells).toMatchObject([[{ cellId: "ca", source: "text('a');" }], [{ cellId: "cb", source: "text('b');" }]]);
  });

  test("go on with the sockets that attach to them, and end with a hello that does not", () => {
    const trace = traceOf([
      hello(1),
      welcome(1, "a"),
      { atMs: 9, direction: "in", socket: 1, closeCode: 1006 },
      hello(2, "a"),
      welcome(2, "a", 2),
      hello(2),
      hello(2),
      welcome(2, "b"),
    ]);
    expect(sessionsOf(trace)).toEqual(["a hello welcome hello welcome", "b hello hello welcome"]);
  });

  test("are one where the header says so, whatever its frames say", () => {
    expect(sessionsOf(traceOf([execute(1, "1"), hello(2), welcome(2, "b")], "a"))).toEqual(["a execute hello welcome"]);
  });

  test("are one without a name where the trace begins too late to tell it, or has no frames", () => {
    expect(sessionsOf(traceOf([execute(1, "1"), started(1, "c")]))).toEqual([" execute started"]);
    expect(sessionsOf(traceOf([]))).toEqual([""]);
  });
});
