import { expect, test } from "vitest";
import { logLine } from "../../../client/dashboard/model/log-text.ts";
import { type LogEntry, SessionModel } from "../../../client/dashboard/model/session-model.ts";
import { accepted, answered, called, ended, seen, snapshot } from "./session-events.ts";

const model = new SessionModel("s");
model.hear(accepted(0, "c", "text(1);"));
model.hear(called(0, "c", "k", "search"));

test.each<[LogEntry, string, boolean]>([
  [snapshot(0), "turn: watching begins: turn 1, 0 cells", false],
  [accepted(0, "c", "text(1);"), "cell: accepted, 8 B of source", false],
  [ended(0, "c"), "cell: ended after 0.0 ms: ok", false],
  [ended(0, "c", "terminated"), "cell: ended after 0.0 ms: terminated", false],
  [ended(0, "c", "cpu_limit"), "cell: failed after 0.0 ms: cpu_limit", true],
  [called(0, "c", "k", "search"), "call: calls search", false],
  [answered(0, "c", "k", "cancelled"), "call: search cancelled after 0.0 ms", false],
  [answered(0, "c", "k", "failed"), "call: search failed after 0.0 ms: tool_failed", true],
  [answered(0, "c", "unheard", "answered"), "call: a call answered after 0.0 ms", false],
  [{ type: "values", atMs: 0, cellId: "c", writes: { a: "1", b: null } }, "values: stores a, b", false],
  [{ type: "values", atMs: 0, writes: { a: "1" } }, "values: the host replaces a", false],
  [{ type: "turn_cut", atMs: 0, turn: 2, code: 1000, reason: "" }, "turn: the socket of turn 2 closed: 1000 ", false],
  [{ type: "turn_cut", atMs: 0, turn: 2, code: 1006, reason: "x" }, "turn: the socket of turn 2 closed: 1006 x", true],
  [{ type: "gap", atMs: 0, dropped: 1_200 }, "turn: 1,200 events were too many at once, and are missing here", true],
  [seen(0, "out", { type: "notify", cellId: "c", text: "half" }), "notification: half", false],
])("%j is told in words", (entry, expected, isBad) => {
  const line = logLine(entry, model);
  expect([`${line.kind}: ${line.text}`, line.isBad]).toEqual([expected, isBad]);
});
