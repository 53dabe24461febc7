import { encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "../../src/protocol/codec-error.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import { codecsOf, limits, packings } from "./packed-codecs.ts";

describe.each(packings)("with the packing of the %s", (_name, packing) => {
  const { msgpack, json, both } = codecsOf(packing);

  describe("limits hold in both directions", () => {
    const nested = (levels: number): object => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as object;

    test.each<[string, object, object, RegExp]>([
      ["depth", nested(160), nested(161), /levels/],
      ["nodes", Array.from({ length: 99_999 }, () => 0), Array.from({ length: 100_000 }, () => 0), /values and keys/],
      ["bytes", { a: "x".repeat((4 << 20) - 9) }, { a: "x".repeat(4 << 20) }, /^\d+ bytes: expected at most 4194304$/],
    ])("%s", (_, fits, over, message) => {
      for (const codec of both) {
        expect(codec.decode(codec.encode(fits))).toEqual(fits);
        expect(() => codec.encode(over)).toThrow(CodecError);
        expect(() => codec.encode(over)).toThrow(message);
      }
      expect(() => msgpack.decode(encode(over, { maxDepth: 200 }))).toThrow(message);
      expect(() => json.decode(JSON.stringify(over))).toThrow(message);
    });

    test("a depth that the guard's stack cannot hold is refused when the codec is made", () => {
      expect(() => createCodec("cellgate.v1.json", { ...limits, frameDepth: 1025 })).toThrow(RangeError);
      const deep = createCodec("cellgate.v1.msgpack", { ...limits, frameDepth: 1024 }, packing);
      expect(deep.decode(deep.encode(nested(1024)))).toEqual(nested(1024));
      expect(() => deep.encode(nested(1025))).toThrow(CodecError);
    });
  });

  describe("byteLength is never less than what a string takes in a frame", () => {
    test.each(both)("in $subprotocol", (codec) => {
      const empty = size(codec.encode([]));
      fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.nat(300), (text, padding) => {
          const padded = text + "p".repeat(padding);
          expect(size(codec.encode([padded])) - empty).toBeLessThanOrEqual(codec.byteLength(padded));
          const bytes = new Utf8Text(Buffer.from(padded));
          expect(size(codec.encode([bytes])) - empty).toBeLessThanOrEqual(codec.byteLength(bytes));
        }),
      );
    });

    test("and close to it for common text", () => {
      for (const text of ["x".repeat(1000), "é€😀\n".repeat(100), "\ud800".repeat(100)]) {
        for (const codec of both) {
          const taken = size(codec.encode([text])) - size(codec.encode([]));
          expect(codec.byteLength(text) - taken).toBeLessThan(0.5 * taken);
        }
      }
    });
  });
});

function size(message: Uint8Array | string): number {
  return typeof message === "string" ? Buffer.byteLength(message) : message.length;
}
