import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";

const of = (text: string) => new Utf8Text(new TextEncoder().encode(text));

const shared = (text: string): Utf8Text => {
  const bytes = new TextEncoder().encode(text);
  const memory = new Uint8Array(new SharedArrayBuffer(bytes.length + 2)).subarray(1, -1);
  memory.set(bytes);
  return new Utf8Text(memory);
};

describe("a text as bytes", () => {
  test.each([of, shared])("is the string that it was made of, a byte order mark and all (%o)", (make) => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.boolean(), (string, isMarked) => {
        const text = isMarked ? `\ufeff${string}` : string;
        expect(make(text).toString()).toBe(text);
        expect(JSON.stringify({ text: make(text) })).toBe(JSON.stringify({ text }));
        expect(make(text).length).toBe(Buffer.byteLength(text));
      }),
    );
  });

  test("is whole again when it was cut at borders, and each piece is well-formed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 }), fc.nat(), (string, place) => {
        const text = of(string);
        let at = place % (text.length + 1);
        while (!text.isBorder(at)) at += 1;
        const [start, end] = [text.slice(0, at).toString(), text.slice(at).toString()];
        expect(start + end).toBe(string);
        expect(string.startsWith(start)).toBe(true);
      }),
    );
  });

  test("shows what is no UTF-8 as U+FFFD", () => {
    expect(new Utf8Text(Uint8Array.of(0x61, 0xff, 0x62)).toString()).toBe("a\ufffdb");
  });
});
