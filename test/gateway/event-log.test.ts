import { describe, expect, test } from "vitest";
import { EventLog } from "../../src/gateway/event-log.ts";
import type { GatewayEvent } from "../../src/gateway/gateway-event.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const lines: [level: string, message: string, fields: object][] = [];
  const level = (name: string) => (fields: object, message: string) => void lines.push([name, message, fields]);
  const clock = new FakeClock();
  const log = new EventLog({ info: level("info"), warn: level("warn"), error: level("error") }, clock);
  return { clock, lines, log };
}

describe("a line is logged", () => {
  test.each<[GatewayEvent, string, string]>([
    [{ type: "connected", connection: 1, principal: "a" }, "info", "a client connected"],
    [{ type: "closed", connection: 1, principal: "a", code: 1006, reason: "" }, "info", "a client is gone"],
    [{ type: "turn_opened", connection: 1, sessionId: "s", turn: 2, principal: "a" }, "info", "a turn was opened"],
    [
      { type: "turn_resumed", connection: 2, sessionId: "s", turn: 2, principal: "a", gap: true },
      "info",
      "a turn goes on",
    ],
    [{ type: "session_ended", sessionId: "s", principal: "a" }, "info", "a session ended"],
    [{ type: "cell_ended", cellId: "c", sessionId: "s", ending: "wall_limit", ageMs: 5 }, "info", "a cell ended"],
    [{ type: "outcome_dropped", cellId: "c", sessionId: "s" }, "warn", "an outcome was dropped unread"],
    [{ type: "refused", status: 401, reason: "r" }, "warn", "a client was refused"],
    [{ type: "limit_hit", limit: "cells", sessionId: "s" }, "warn", "a limit was hit"],
    [{ type: "draining", deadlineMs: 5 }, "info", "draining: no turn and no cell starts any more"],
    [{ type: "executor_lost", why: "SIGKILL" }, "error", "an executor was lost"],
    [{ type: "file_read", path: "p" }, "info", "a file was read again"],
    [{ type: "file_read", path: "p", problem: "x" }, "error", "a file is faulty: its earlier content stays in force"],
  ])("of $type, with its fields", (event, level, message) => {
    const { lines, log } = setUp();
    log.hear(event);
    const { type: _, ...fields } = event;
    expect(lines).toEqual([[level, message, fields]]);
  });

  test("of what should never happen, with its stack", () => {
    const { lines, log } = setUp();
    const error = new Error("oh");
    log.hear({ type: "internal_error", error });
    log.hear({ type: "internal_error", error: "oh" });
    expect(lines).toEqual([
      ["error", "internal error", { error: error.stack }],
      ["error", "internal error", { error: "oh" }],
    ]);
  });
});

test("what clients can cause at will is logged once a second, with how often it came meanwhile", () => {
  const { clock, lines, log } = setUp();
  const refuse = (status: number) => log.hear({ type: "refused", status, reason: "r" });
  for (let count = 0; count < 1_000; count++) refuse(401);
  refuse(403);
  expect(lines).toHaveLength(2);
  clock.advance(1_000);
  expect(lines.slice(2)).toEqual([
    ["warn", "a client was refused, more than once", { status: 401, reason: "r", times: 999 }],
  ]);
  refuse(401);
  expect(lines.at(-1)).toEqual(["warn", "a client was refused", { status: 401, reason: "r" }]);
  clock.advance(10_000);
  expect([lines.length, clock.pending]).toEqual([4, 0]);
});
