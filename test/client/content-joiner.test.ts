import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContentJoiner } from "../../client/content-joiner.ts";
import type { ContentItem } from "../../src/protocol/values.ts";

describe("the content joiner", () => {
  test("lets whole items through", () => {
    const items: ContentItem[] = [
      { type: "text", text: "a" },
      { type: "image", imageUrl: "data:x", detail: "low" },
    ];
    expect(new ContentJoiner().add(items)).toEqual(items);
  });

  test("holds an item back until it is whole", () => {
    const joiner = new ContentJoiner();
    expect(joiner.add([{ type: "text", text: "a", more: true }])).toEqual([]);
    expect(joiner.add([{ type: "text", text: "b", more: true }])).toEqual([]);
    expect(joiner.add([{ type: "text", text: "c" }])).toStrictEqual([{ type: "text", text: "abc" }]);
  });

  test("keeps an image's detail", () => {
    const joiner = new ContentJoiner();
    const items = joiner.add([
      { type: "image", imageUrl: "data:", detail: "high", more: true },
      { type: "image", imageUrl: "x", detail: "high" },
    ]);
    expect(items).toStrictEqual([{ type: "image", imageUrl: "data:x", detail: "high" }]);
  });

  test("gives up an item whose rest never came when the answer is over", () => {
    const joiner = new ContentJoiner();
    joiner.add([{ type: "text", text: "a", more: true }]);
    expect(joiner.end()).toStrictEqual([{ type: "text", text: "a" }]);
    expect(joiner.end()).toEqual([]);
  });

  test("puts any content together again, however it was cut and dealt out to frames", () => {
    const content = fc.array(fc.tuple(fc.boolean(), fc.array(fc.string(), { minLength: 1 })));
    fc.assert(
      fc.property(content, fc.array(fc.nat(4)), (items, frameSizes) => {
        const pieces = items.flatMap(([isText, parts]) =>
          parts.map((part, index): ContentItem => {
            const piece: ContentItem = isText ? { type: "text", text: part } : { type: "image", imageUrl: part };
            return index < parts.length - 1 ? { ...piece, more: true } : piece;
          }),
        );
        const joiner = new ContentJoiner();
        const joined = frameSizes.flatMap((size) => joiner.add(pieces.splice(0, size)));
        joined.push(...joiner.add(pieces), ...joiner.end());
        expect(joined).toStrictEqual(
          items.map(([isText, parts]) =>
            isText ? { type: "text", text: parts.join("") } : { type: "image", imageUrl: parts.join("") },
          ),
        );
      }),
    );
  });
});
