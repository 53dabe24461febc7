import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PutOut } from "../../src/executor/executor.ts";
import { splitContent } from "../../src/gateway/content-frames.ts";
import { createCodec, type Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import type { ContentItem } from "../../src/protocol/values.ts";

const subprotocols: Subprotocol[] = ["cellgate.v1.msgpack", "cellgate.v1.json"];
/** The smallest frame that the options allow. */
const small = { ...defaultLimits, frameBytes: 256 * 1_024, frameNodes: 1_000 };

const text = (content: string): ContentItem => ({ type: "text", text: content });

/** The same item with its text as bytes, as long ones come from a cell. */
const asBytes = (item: ContentItem): PutOut =>
  item.type === "text"
    ? { ...item, text: new Utf8Text(Buffer.from(item.text)) }
    : { ...item, imageUrl: new Utf8Text(Buffer.from(item.imageUrl)) };

/** The frames as a client reads them. */
function split(content: PutOut[], subprotocol: Subprotocol, limits = small): ContentItem[][] {
  const codec = createCodec(subprotocol, limits);
  const frames = splitContent(content, limits, (piece) => codec.byteLength(piece));
  // Each goes into a frame with room for whatever else an answer carries.
  for (const items of frames) {
    const frame = codec.encode({ type: "content", id: 1, cellId: "c".repeat(21), content: items, seq: 1 });
    const bytes = typeof frame === "string" ? Buffer.byteLength(frame) : frame.length;
    expect(bytes).toBeLessThan(limits.frameBytes / 2 + 100);
  }
  return frames.map((items) => JSON.parse(JSON.stringify(items)) as ContentItem[]);
}

/** What a client makes of the frames: pieces joined, in order. */
function join(frames: ContentItem[][]): ContentItem[] {
  const items: ContentItem[] = [];
  let open = false;
  for (const { more, ...piece } of frames.flat()) {
    const last = items.at(-1);
    if (!open) items.push(piece);
    else if (last?.type === "text" && piece.type === "text") last.text += piece.text;
    else if (last?.type === "image" && piece.type === "image") last.imageUrl += piece.imageUrl;
    else throw new Error("a piece that belongs to nothing");
    open = more === true;
  }
  expect(open).toBe(false);
  return items;
}

describe.each(subprotocols)("over %s", (subprotocol) => {
  test("content that fits goes in one frame, as it is", () => {
    const content: ContentItem[] = [text("a"), { type: "image", imageUrl: "https://x", detail: "low" }, text("")];
    expect(split(content, subprotocol)).toEqual([content]);
  });

  test("no content is one frame without any", () => {
    expect(split([], subprotocol)).toEqual([[]]);
  });

  test("content is dealt out by bytes, in order, and no item is cut that fits by itself", () => {
    const content = Array.from({ length: 20 }, (_, index) => text(`${index}`.padEnd(40_000)));
    const frames = split(content, subprotocol);
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.flat()).toEqual(content);
  });

  test("content is dealt out by nodes, nine for an item", () => {
    const content = Array.from({ length: 500 }, (_, index) => text(`${index}`));
    const frames = split(content, subprotocol, small);
    expect(frames.map((items) => items.length)).toEqual([55, 55, 55, 55, 55, 55, 55, 55, 55, 5]);
    expect(frames.flat()).toEqual(content);
  });

  test("a larger item is cut into pieces, each but the last marked", () => {
    const [whole, next] = [text("x".repeat(400_000)), text("next")];
    const frames = split([whole, next], subprotocol);
    const marks = frames.flat().map(({ more }) => more);
    expect(marks.slice(0, -2).every((mark) => mark === true)).toBe(true);
    expect(marks.slice(-2)).toEqual([undefined, undefined]);
    expect(join(frames)).toEqual([whole, next]);
  });

  test("pieces of an image keep its detail", () => {
    const image: ContentItem = {
      type: "image",
      imageUrl: `data:image/png;base64,${"A".repeat(400_000)}`,
      detail: "high",
    };
    const frames = split([image], subprotocol);
    expect(frames.flat().every((item) => item.type === "image" && item.detail === "high")).toBe(true);
    expect(join(frames)).toEqual([image]);
  });

  test("a piece that is cut again, having been lost, still says that more follows", () => {
    const lost: ContentItem = { type: "text", text: "x".repeat(400_000), more: true };
    const frames = split([lost, text("end")], subprotocol);
    const pieces = frames.flat();
    expect(pieces.slice(0, -1).every(({ more }) => more === true)).toBe(true);
    expect(join(frames)).toEqual([text(`${"x".repeat(400_000)}end`)]);
  });

  test("a surrogate pair is never cut, wherever the border falls", () => {
    for (let shift = 0; shift < 8; shift++) {
      const whole = text("x".repeat(shift) + "😀".repeat(200_000));
      for (const frames of [split([whole], subprotocol), split([asBytes(whole)], subprotocol)]) {
        for (const item of frames.flat()) expect(item.type === "text" && item.text.isWellFormed()).toBe(true);
        expect(join(frames)).toEqual([whole]);
      }
    }
  });

  test("pieces joined are the original, whatever it was", () => {
    const payload = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc
        .tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40_000 }))
        .map(([unit, times]) => unit.repeat(times)),
    );
    const item: fc.Arbitrary<ContentItem> = fc.oneof(
      payload.map((content) => text(content.toWellFormed())),
      payload.map((url): ContentItem => ({ type: "image", imageUrl: url.toWellFormed(), detail: "original" })),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (content) => {
        expect(join(split(content, subprotocol))).toEqual(content);
        expect(join(split(content.map(asBytes), subprotocol))).toEqual(content);
      }),
      { numRuns: 30 },
    );
  });
});

test("an item of 16 MiB is looked at only about twice", () => {
  const codec = createCodec("cellgate.v1.json", defaultLimits);
  let characters = 0;
  const frames = splitContent([text("é".repeat(8 << 20))], defaultLimits, (piece) => {
    characters += piece.length;
    return codec.byteLength(piece);
  });
  expect(frames).toHaveLength(9);
  expect(characters).toBe(2 * (8 << 20));
});
