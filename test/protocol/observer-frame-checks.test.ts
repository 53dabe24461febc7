import { describe, expect, test } from "vitest";
import { readFrame } from "../../src/protocol/frame-check.ts";
import { observerFrameChecks } from "../../src/protocol/observer-frame-checks.ts";

const checks = observerFrameChecks({ nameChars: 8 });
const messageOf = (frame: object): string | undefined => {
  const reading = readFrame(frame, checks);
  return "refusal" in reading ? reading.refusal.message : undefined;
};

describe("an observer's frame passes", () => {
  test.each([
    [{ type: "hello", role: "observer" }],
    [{ type: "hello", role: "observer", client: { name: "eye", version: "1" } }],
    [{ type: "list_sessions", id: 1 }],
    [{ type: "list_sessions", id: 1, after: "s", limit: 5 }],
    [{ type: "watch", id: 1, topic: "sessions" }],
    [{ type: "watch", id: 1, topic: "session", sessionId: "s", frames: true, frameBytes: 0, sample: 1 }],
    [{ type: "watch", id: 1, topic: "metrics", unknown: { field: [] } }],
    [{ type: "unwatch", id: 2, watchId: 1 }],
    [{ type: "list_cells", id: 1, sessionId: "s" }],
    [{ type: "stored_values", id: 1, sessionId: "s" }],
    [{ type: "terminate", id: 1, sessionId: "s", cellId: "c" }],
    [{ type: "end_session", id: 1, sessionId: "s" }],
    [{ type: "ping" }],
  ])("%j", (frame) => {
    expect(readFrame(frame, checks)).toEqual({ frame });
  });
});

describe("an observer's frame is refused, with path and expectation", () => {
  test.each<[object, string]>([
    [{ type: "hello" }, 'hello.role: expected "observer", got nothing'],
    [
      { type: "hello", role: "observer", client: { name: "n" } },
      "hello.client.version: expected a string, got nothing",
    ],
    [{ type: "list_sessions" }, "list_sessions.id: expected a whole number from 1, got nothing"],
    [{ type: "list_sessions", id: 1, limit: 0 }, "list_sessions.limit: expected a whole number from 1, got 0"],
    [{ type: "watch", id: 1 }, 'watch.topic: expected "sessions" or "session" or "metrics", got nothing'],
    [{ type: "watch", id: 1, topic: "all" }, 'watch.topic: expected "sessions" or "session" or "metrics", got "all"'],
    [{ type: "watch", id: 1, topic: "session", frames: 1 }, "watch.frames: expected true or false, got 1"],
    [{ type: "watch", id: 1, topic: "session", sample: 0 }, "watch.sample: expected a whole number from 1, got 0"],
    [
      { type: "watch", id: 1, topic: "session", frameBytes: -1 },
      "watch.frameBytes: expected a whole number from 0, got -1",
    ],
    [{ type: "unwatch", id: 1 }, "unwatch.watchId: expected a whole number from 1, got nothing"],
    [{ type: "terminate", id: 1, sessionId: "s" }, "terminate.cellId: expected a string, got nothing"],
    [
      { type: "list_cells", id: 1, sessionId: "s".repeat(9) },
      'list_cells.sessionId: expected at most 8 characters, got "sssssssss"',
    ],
  ])("%j", (frame, message) => {
    expect(messageOf(frame)).toBe(message);
  });
});
