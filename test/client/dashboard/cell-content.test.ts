import { describe, expect, test } from "vitest";
import { callTexts, contentOf } from "../../../client/dashboard/model/cell-content.ts";
import { frameSummary, hexLines } from "../../../client/dashboard/model/frame-text.ts";
import { accepted, answered, called, seen, sessionOf } from "./session-events.ts";

describe("the content of a cell", () => {
  test("is that of all its answers, in order, with split items joined", () => {
    const model = sessionOf(
      accepted(1, "c"),
      seen(2, "out", { type: "content", cellId: "c", id: 1, content: [{ type: "text", text: "a", more: true }] }),
      seen(3, "out", { type: "yielded", cellId: "c", id: 1, content: [{ type: "text", text: "b" }] }),
      seen(4, "out", { type: "result", cellId: "other", id: 3, content: [{ type: "text", text: "x" }] }),
      seen(5, "out", {
        type: "result",
        cellId: "c",
        id: 2,
        content: [
          { type: "image", imageUrl: "data:image/png;base64,aa", detail: "low", more: true },
          { type: "image", imageUrl: "bb", detail: "low" },
        ],
      }),
    );
    expect(contentOf(model, model.cell("c")!)).toEqual({
      items: [
        { type: "text", text: "ab" },
        { type: "image", imageUrl: "data:image/png;base64,aabb", detail: "low" },
      ],
      missing: 0,
    });
  });

  test("is not glued together where a piece between is missing", () => {
    const content = (text: string) => [{ type: "text", text, more: true }];
    const large = { ...seen(3, "out", { type: "content", cellId: "c" }), bytes: undefined, decode: () => undefined };
    const model = sessionOf(
      accepted(1, "c"),
      seen(2, "out", { type: "content", cellId: "c", id: 1, content: content("begin") }),
      large,
      seen(4, "out", { type: "result", cellId: "c", id: 1, content: [{ type: "text", text: "end" }] }),
    );
    expect(contentOf(model, model.cell("c")!)).toEqual({
      items: [
        { type: "text", text: "begin" },
        { type: "text", text: "end" },
      ],
      missing: 1,
    });
  });

  test("says of how many answers it is missing", () => {
    const large = { ...seen(2, "out", { type: "result", cellId: "c" }), bytes: undefined, decode: () => undefined };
    const model = sessionOf(accepted(1, "c"), large);
    expect(contentOf(model, model.cell("c")!)).toEqual({ items: [], missing: 1 });
  });
});

test("What a call asked for and what was answered is found among the frames of its time", () => {
  const call = (callId: string, input: unknown) => {
    return seen(10_000, "out", { type: "tool_call", callId, cellId: "c", name: "search", kind: "function", input });
  };
  const model = sessionOf(
    accepted(1, "c"),
    called(9_999, "c", "k1"),
    called(9_999, "c", "k2"),
    call("k1", { q: 1 }),
    call("k2", undefined),
    seen(10_005, "in", { type: "tool_error", callId: "k2", message: "no" }),
    seen(10_006, "in", { type: "tool_result", callId: "k1", value: [1] }),
    answered(10_007, "c", "k1"),
    answered(10_007, "c", "k2"),
  );
  expect(callTexts(model, model.call("k1")!)).toEqual({ input: { q: 1 }, result: [1] });
  expect(callTexts(model, model.call("k2")!)).toEqual({ input: undefined, error: "no" });
});

test("A frame is summed up without what stands beside it", () => {
  expect(frameSummary(seen(1, "out", { type: "started", id: 4, cellId: "c", seq: 7 }))).toBe('"id":4');
  expect(frameSummary({ ...seen(1, "in", { type: "ping" }), decode: () => undefined })).toBe("");
});

test("Bytes are shown sixteen to a line, as numbers and as text", () => {
  const bytes = new TextEncoder().encode("ordinary text, and é");
  expect(hexLines(bytes, 10)).toEqual([
    "000000  6f 72 64 69 6e 61 72 79 20 74 65 78 74 2c 20 61  ordinary text, a",
    "000010  6e 64 20 c3 a9                                   nd ··",
  ]);
  expect(hexLines(bytes, 1)).toHaveLength(1);
  expect(hexLines(new Uint8Array(), 1)).toEqual([]);
});
