import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { clientFrameChecks } from "../../src/protocol/client-frame-checks.ts";
import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import { readFrame } from "../../src/protocol/frame-check.ts";

const checks = clientFrameChecks(defaultLimits);

/** A frame of each tag, with nothing but what it must have, and one with everything that it may have. */
const frames: { [Tag in ClientFrame["type"]]: [least: object, most: object] } = {
  hello: [
    {},
    {
      ack: 0,
      sessionId: "s",
      sessionToken: "t",
      client: { name: "c", version: "1" },
      tools: [
        { name: "a", description: "" },
        {
          name: "b",
          description: "d",
          kind: "freeform",
          inputSchema: { type: "string" },
          outputSchema: {},
          timeoutMs: 1,
        },
      ],
    },
  ],
  execute: [
    { id: 1, source: "" },
    { id: 1, source: "1", ack: 1, toolCallId: "c", tools: ["a"], yieldMs: null, stream: true, maxWallMs: 1 },
  ],
  wait: [
    { id: 1, cellId: "c" },
    { id: 1, cellId: "c", ack: 1, yieldMs: 0, stream: false },
  ],
  terminate: [
    { id: 1, cellId: "c" },
    { id: 1, cellId: "c", ack: 1 },
  ],
  yield: [{ id: 1 }, { id: 1, ack: 1 }],
  cancel: [{ id: 1 }, { id: 1, ack: 1 }],
  tool_result: [{ callId: "c" }, { callId: "c", ack: 1, value: { a: [null] } }],
  tool_error: [
    { callId: "c", message: "" },
    { callId: "c", message: "m", ack: 1, code: "x" },
  ],
  set_tools: [
    { id: 1, tools: [] },
    { id: 1, ack: 1, tools: [{ name: "", description: "" }] },
  ],
  list_cells: [{ id: 1 }, { id: 1, ack: 1 }],
  stored_values: [{ id: 1 }, { id: 1, ack: 1 }],
  replace_stored_values: [
    { id: 1, values: {} },
    { id: 1, ack: 1, values: { "": null, a: { b: [1] } } },
  ],
  end_session: [{ id: 1 }, { id: 1, ack: 1 }],
  ack: [{ seq: 0 }, { seq: 1, ack: 1 }],
  ping: [{}, { ack: 1 }],
};

describe.each(Object.entries(frames))("%s", (type, [least, most]) => {
  test("passes with what it must have, with all that it may have, and with fields that nobody knows", () => {
    for (const fields of [least, most, { ...most, isNew: [1] }]) {
      const frame = { type, ...fields };
      expect(readFrame(frame, checks)).toEqual({ frame });
    }
  });

  test("is refused without any one of the fields that it must have", () => {
    for (const key of Object.keys(least)) {
      const reading = readFrame({ type, ...least, [key]: undefined }, checks);
      expect(reading).toMatchObject({ refusal: { code: "bad_frame" } });
      expect("refusal" in reading && reading.refusal.message).toMatch(new RegExp(`^${type}\\.${key}: expected `));
    }
  });

  test("is refused with any one field of another kind", () => {
    for (const key of Object.keys(most)) {
      if (type === "tool_result" && key === "value") continue;
      for (const wrong of [Number.NaN, new Uint8Array(1), [[]]]) {
        const reading = readFrame({ type, ...most, [key]: wrong }, checks);
        expect("refusal" in reading && reading.refusal.message).toMatch(new RegExp(`^${type}\\.${key}.*: expected `));
      }
    }
  });
});

describe("what is no frame is refused with what could be read of it", () => {
  test.each<[unknown, object]>([
    [null, { code: "bad_frame", message: "frame: expected an object, got null" }],
    [[], { code: "bad_frame", message: "frame: expected an object, got a list of 0" }],
    ["hello", { code: "bad_frame", message: 'frame: expected an object, got "hello"' }],
    [new Uint8Array(1), { code: "bad_frame", message: "frame: expected an object, got 1 bytes" }],
    [{}, { code: "bad_frame", message: "frame.type: expected a tag, got nothing" }],
    [
      { type: 1, id: 7 },
      { code: "bad_frame", message: "frame.type: expected a tag, got 1", id: 7 },
    ],
    [
      { type: "execute", id: 7 },
      { code: "bad_frame", message: "execute.source: expected a string, got nothing", id: 7 },
    ],
    [
      { type: "wait", id: 0 },
      { code: "bad_frame", message: "wait.id: expected a whole number from 1, got 0" },
    ],
    [
      { type: "wait", id: 1.5 },
      { code: "bad_frame", message: "wait.id: expected a whole number from 1, got 1.5" },
    ],
    [
      { type: "tool_error", callId: "c" },
      { code: "bad_frame", message: "tool_error.message: expected a string, got nothing", callId: "c" },
    ],
    [
      { type: "tool_error", callId: 1 },
      { code: "bad_frame", message: "tool_error.callId: expected a string, got 1" },
    ],
  ])("%j", (value, refusal) => {
    const reading = readFrame(value, checks);
    expect(JSON.parse(JSON.stringify(reading))).toEqual({ refusal });
  });

  test.each(["nonsense", "Hello", "", "toString", "constructor", "__proto__", "hasOwnProperty", "welcome"])(
    "with the unknown tag %j",
    (type) => {
      const reading = readFrame({ type, id: 3 }, checks);
      expect(reading).toMatchObject({ refusal: { code: "unknown_frame", id: 3 } });
    },
  );
});

describe("values are held to their depth", () => {
  const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  test.each<[string, (value: unknown) => object]>([
    ["a tool's result", (value) => ({ type: "tool_result", callId: "c", value })],
    ["a stored value", (value) => ({ type: "replace_stored_values", id: 1, values: { k: value } })],
    [
      "a property of a schema",
      (value) => ({ type: "set_tools", id: 1, tools: [{ name: "", description: "", inputSchema: { a: value } }] }),
    ],
  ])("of %s", (_, frame) => {
    expect(readFrame(frame(nested(128)), checks)).toHaveProperty("frame");
    expect(readFrame(frame(nested(129)), checks)).toMatchObject({
      refusal: { message: expect.stringMatching(/expected at most 128 levels of nesting/) },
    });
  });
});
