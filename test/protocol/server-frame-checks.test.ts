import { describe, expect, test } from "vitest";
import { readFrame } from "../../src/protocol/frame-check.ts";
import { serverFrameChecks } from "../../src/protocol/server-frame-checks.ts";

const checks = serverFrameChecks(128);
const usage = { wallMs: 20, cpuMs: 10, toolCalls: 0 };

describe("B2: the usage of an outcome", () => {
  const outcomes = ["result", "terminated"].map((type) => ({ type, seq: 1, id: 1, cellId: "c", content: [] }));

  test.each(outcomes)("passes with $type, with a heap and without, and may be absent", (outcome) => {
    for (const frame of [outcome, { ...outcome, usage }, { ...outcome, usage: { ...usage, heapBytes: 5 } }]) {
      expect(readFrame(frame, checks)).toEqual({ frame });
    }
  });

  test.each([
    ["without the wall time", { ...usage, wallMs: undefined }, ".wallMs: expected a whole number from 0, got nothing"],
    ["with half a millisecond", { ...usage, cpuMs: 0.5 }, ".cpuMs: expected a whole number from 0, got 0.5"],
    ["with a heap of no number", { ...usage, heapBytes: "5" }, '.heapBytes: expected a whole number from 0, got "5"'],
    ["with less than no calls", { ...usage, toolCalls: -1 }, ".toolCalls: expected a whole number from 0, got -1"],
  ])("is refused %s", (_, given, message) => {
    for (const outcome of outcomes) {
      const refusal = { code: "bad_frame", message: `${outcome.type}.usage${message}` };
      expect(readFrame({ ...outcome, usage: given }, checks)).toMatchObject({ refusal });
    }
  });
});

describe("B5: the figures of a listed cell", () => {
  const cell = { cellId: "c", state: "running", ageMs: 1, openCalls: 0, unreadBytes: 0 };
  const frameOf = (fields: object) => ({ type: "cells", seq: 1, id: 1, cells: [{ ...cell, ...fields }] });

  test("pass, and may be absent", () => {
    for (const fields of [{}, { cpuMs: 0, heapBytes: 0 }]) {
      expect(readFrame(frameOf(fields), checks)).toEqual({ frame: frameOf(fields) });
    }
  });

  test.each(["cpuMs", "heapBytes"])("%s is refused where it is no whole number", (field) => {
    const message = `cells.cells[0].${field}: expected a whole number from 0, got -1`;
    expect(readFrame(frameOf({ [field]: -1 }), checks)).toMatchObject({ refusal: { message } });
  });
});
