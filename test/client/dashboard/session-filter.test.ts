import { describe, expect, test } from "vitest";
import { listSessions, type SessionColumn } from "../../../client/dashboard/model/session-filter.ts";
import { sessionStatus } from "./session-events.ts";

const sessions = [
  { ...sessionStatus, sessionId: "s1", principal: "agents", client: "demo 1.0", openedAtMs: 10, liveCells: 3 },
  { ...sessionStatus, sessionId: "s2", principal: "billing", openedAtMs: 30, state: "suspended" as const },
  {
    ...sessionStatus,
    sessionId: "s3",
    principal: "agents",
    openedAtMs: 20,
    lastClose: { code: 1006, reason: "Lost", atMs: 0 },
  },
];

const list = (text: string, state?: "suspended", column: SessionColumn = "age", isDescending = false) => {
  return listSessions(sessions, { text, state }, { column, isDescending }).map(({ sessionId }) => sessionId);
};

describe("sessions", () => {
  test("are listed with the youngest first", () => {
    expect(list("")).toEqual(["s2", "s3", "s1"]);
    expect(list("", undefined, "age", true)).toEqual(["s1", "s3", "s2"]);
  });

  test("are listed by a column, and those that are alike in it with the youngest first", () => {
    expect(list("", undefined, "liveCells", true)).toEqual(["s1", "s2", "s3"]);
    expect(list("", undefined, "principal")).toEqual(["s3", "s1", "s2"]);
  });

  test.each([
    ["agents", ["s3", "s1"]],
    ["AGENTS demo", ["s1"]],
    ["1006 lost", ["s3"]],
    ["s2", ["s2"]],
    ["agents billing", []],
  ])("are found by every word of %j", (text, expected) => {
    expect(list(text)).toEqual(expected);
  });

  test("are found by their state", () => {
    expect(list("", "suspended")).toEqual(["s2"]);
    expect(list("agents", "suspended")).toEqual([]);
  });
});
