import { decode, encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "../../src/protocol/codec-error.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import { codecsOf, packings } from "./packed-codecs.ts";

describe.each(packings)("with the packing of the %s", (_name, packing) => {
  const { msgpack, json, both, packed } = codecsOf(packing);

  describe("what is encoded is plain, whatever it is given", () => {
    test("msgpack carries a Uint8Array as its bytes, and a Buffer likewise", () => {
      const bytes = Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4);
      for (const value of [bytes, Buffer.from(bytes)]) {
        expect(packed({ value })).toBe("81a576616c7565c403010203");
        const { value: decoded } = msgpack.decode(msgpack.encode({ value })) as { value: Uint8Array };
        expect([...decoded]).toEqual([1, 2, 3]);
      }
    });

    test("decoded bytes are a copy, not a view of the message", () => {
      const message = msgpack.encode({ value: Uint8Array.of(1, 2, 3) }) as Uint8Array;
      const { value } = msgpack.decode(message) as { value: Uint8Array };
      message.fill(0);
      expect([...value]).toEqual([1, 2, 3]);
    });

    test("what has a toJSON goes out as what that returns, in both subprotocols", () => {
      for (const codec of both) {
        const frame = { at: new Date(0), url: new URL("http://host/") };
        expect(codec.decode(codec.encode(frame))).toEqual({ at: "1970-01-01T00:00:00.000Z", url: "http://host/" });
      }
    });

    const odd: [string, unknown][] = [
      ["Int8Array", new Int8Array(4)],
      ["Uint16Array", new Uint16Array(4)],
      ["Float32Array", new Float32Array(1000)],
      ["Float64Array", new Float64Array(1000)],
      ["BigUint64Array", new BigUint64Array(4)],
      ["ArrayBuffer", new ArrayBuffer(8)],
      ["DataView", new DataView(new ArrayBuffer(8))],
      ["Set", new Set([1])],
      ["Map", new Map([[1, 2]])],
      ["RegExp", /x/],
      ["Error", new Error("no")],
      ["Function", (): number => 1],
      ["Symbol", Symbol("x")],
      ["BigInt", 2n ** 60n],
      ["BigInt", 2n ** 90n],
    ];
    test.each(odd)("msgpack refuses a %s rather than sending an extension or stale memory", (name, value) => {
      msgpack.encode({ secret: "stale memory ".repeat(500) });
      expect(() => msgpack.encode({ list: [value] })).toThrow(
        new CodecError(`value.list[0]: expected a JSON value, got ${name}`),
      );
    });

    test.each(both)("a cycle, or a toJSON that throws, is a CodecError in $subprotocol", (codec) => {
      const cycle: Record<string, unknown> = {};
      cycle["cycle"] = cycle;
      const throwing = {
        toJSON(): never {
          throw new Error("not today");
        },
      };
      expect(() => codec.encode(cycle)).toThrow(CodecError);
      expect(() => codec.encode({ throwing })).toThrow(CodecError);
      expect(() => codec.encode({ throwing })).toThrow(/not today/);
      expect(codec.decode(codec.encode({ fine: true }))).toEqual({ fine: true });
    });

    test("a message is a copy of its own, which later frames do not touch", () => {
      const messages = Array.from({ length: 200 }, (_, index) =>
        msgpack.encode({ index, text: "x".repeat(index * 50) }),
      );
      messages.forEach((message, index) => {
        expect((message as Uint8Array).buffer.byteLength).toBe(message.length);
        expect(msgpack.decode(message)).toEqual({ index, text: "x".repeat(index * 50) });
      });
    });

    test("the bytes are those that another implementation reads the same", () => {
      const member = fc.string({ unit: "binary", maxLength: 100 }).filter((key) => key.toWellFormed() !== "__proto__");
      fc.assert(
        fc.property(fc.dictionary(member, fc.jsonValue({ stringUnit: "binary" })), (frame) => {
          fc.pre(!JSON.stringify(frame).includes("__proto__"));
          const plain = json.decode(json.encode(frame));
          expect(decode(msgpack.encode(frame) as Uint8Array)).toEqual(plain);
          expect(msgpack.decode(encode(plain))).toEqual(plain);
        }),
      );
    });
  });

  describe("a text as bytes is written as the string that it stands for", () => {
    const frameOf = (make: (text: string) => unknown) => ({
      type: "content",
      content: [
        { type: "text", text: "short" },
        { type: "text", text: make("é😀".repeat(20_000)), more: true },
        { type: "image", imageUrl: make("data:,x"), detail: undefined },
      ],
      seq: 1,
    });

    test.each(both)("in $subprotocol", (codec) => {
      const message = codec.encode(frameOf((text) => new Utf8Text(Buffer.from(text))));
      expect(Buffer.compare(bytesOf(message), bytesOf(codec.encode(frameOf((text) => text))))).toBe(0);
    });

    test.each(both)("in $subprotocol also where it is no UTF-8: that becomes U+FFFD", (codec) => {
      const content = [{ type: "text", text: new Utf8Text(Buffer.from([0x61, 0xff, 0x62])) }];
      expect(codec.decode(codec.encode({ content }))).toEqual({ content: [{ type: "text", text: "a\ufffdb" }] });
    });

    test("and over the limits it is refused", () => {
      const content = [{ type: "text", text: new Utf8Text(Buffer.alloc(4 << 20, "x")) }];
      for (const codec of both) expect(() => codec.encode({ content })).toThrow(CodecError);
    });
  });
});

const bytesOf = (message: Uint8Array | string): Uint8Array =>
  typeof message === "string" ? Buffer.from(message) : message;
