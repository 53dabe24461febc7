import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { CodecError } from "../../src/protocol/codec-error.ts";
import { codecsOf, packings } from "./packed-codecs.ts";

describe.each(packings)("with the packing of the %s", (_name, packing) => {
  const { msgpack, json, both, packed } = codecsOf(packing);

  describe("a frame is written in the shortest form, and read back", () => {
    test.each<[object, string, string]>([
      [{}, "80", "{}"],
      [{ type: "pong" }, "81a474797065a4706f6e67", '{"type":"pong"}'],
      [{ a: null }, "81a161c0", '{"a":null}'],
      [{ a: [true, false] }, "81a16192c3c2", '{"a":[true,false]}'],
      [
        { a: [0, 127, 128, 255, 65_535, 65_536] },
        "81a16196007fcc80ccffcdffffce00010000",
        '{"a":[0,127,128,255,65535,65536]}',
      ],
      [{ a: [-1, -32, -33, -129, -32_769] }, "81a16195ffe0d0dfd1ff7fd2ffff7fff", '{"a":[-1,-32,-33,-129,-32769]}'],
      [{ a: Number.MAX_SAFE_INTEGER }, "81a161cb433fffffffffffff", '{"a":9007199254740991}'],
      [{ a: 0.5 }, "81a161cb3fe0000000000000", '{"a":0.5}'],
      [{ a: "é€😀" }, "81a161a9c3a9e282acf09f9880", '{"a":"é€😀"}'],
      [{ "": { é: [] } }, "81a081a2c3a990", '{"":{"é":[]}}'],
    ])("%j", (frame, bytes, text) => {
      expect(packed(frame)).toBe(bytes);
      expect(msgpack.decode(Buffer.from(bytes, "hex"))).toEqual(frame);
      expect(json.encode(frame)).toBe(text);
      expect(json.decode(text)).toEqual(frame);
    });

    test("maps and lists of every size of header", () => {
      for (const size of [0, 15, 16, 255, 256, 40_000]) {
        const frame = { map: Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, null])) };
        const list = { list: Array.from({ length: size }, (_, index) => index) };
        for (const codec of both) {
          expect(codec.decode(codec.encode(frame))).toEqual(frame);
          expect(codec.decode(codec.encode(list))).toEqual(list);
        }
      }
    });
  });

  describe("what is undefined is left out, and null is not", () => {
    const frame = { a: undefined, b: null, c: { d: undefined }, e: [undefined, 1] };

    test.each(both)("$subprotocol", (codec) => {
      expect(codec.decode(codec.encode(frame))).toStrictEqual({ b: null, c: {}, e: [null, 1] });
    });

    test("so that a map says how many fields it has", () => {
      expect(packed(frame)).toBe("83a162c0a16380a16592c001");
    });
  });

  describe("a field may have any name", () => {
    const awkward = {
      constructor: 1,
      toJSON: 2,
      hasOwnProperty: 3,
      valueOf: null,
      toString: "x",
      length: -1,
      prototype: {},
      __defineGetter__: [],
      0: "zero",
      4294967295: "big",
    };

    test.each(both)("in $subprotocol", (codec) => {
      const frame = { value: awkward, list: [{ toJSON: 1, constructor: null }, { constructor: { name: "Map" } }] };
      // As text, since a matcher takes a field named `constructor` for the class.
      expect(JSON.stringify(codec.decode(codec.encode(frame)))).toBe(JSON.stringify(frame));
    });

    test.each(both)("but not __proto__, in $subprotocol", (codec) => {
      const frame = { value: [JSON.parse('{"__proto__":1}')] };
      expect(() => codec.encode(frame)).toThrow(new CodecError("value.value[0].__proto__: expected any other key"));
    });
  });

  describe("a lone surrogate goes out as U+FFFD", () => {
    const lone = [
      "\ud800",
      "a\udc00b",
      "\ud83d".padEnd(63, "x"),
      "x".repeat(64) + "\ud800",
      "\ude00\ud83d",
      "é\ud800é",
    ];

    test.each(both)("in values and keys, in $subprotocol", (codec) => {
      for (const text of lone) {
        const message = codec.encode({ type: "notify", text, [text]: [{ [text]: text }] });
        const repaired = text.toWellFormed();
        const expected = { type: "notify", text: repaired, [repaired]: [{ [repaired]: repaired }] };
        expect(codec.decode(message)).toStrictEqual(expected);
        if (typeof message === "string") expect(message).not.toMatch(/\\ud/i);
        else expect(decode(message)).toStrictEqual(expected);
      }
    });
  });

  describe("a string of any length keeps its byte order mark, and everything else", () => {
    const lengths = [
      0, 1, 15, 16, 28, 31, 32, 33, 60, 61, 62, 63, 64, 65, 66, 100, 139, 180, 255, 256, 1000, 65_535, 65_536,
    ];
    const starts = ["", "\ufeff", "\ufeff\ufeff", "x\ufeff", "é", "\u0000", "\uffff"];

    test.each(both)("in $subprotocol", (codec) => {
      for (const length of lengths) {
        for (const start of starts) {
          const text = start + "y".repeat(length);
          const message = codec.encode({ text, [text]: text });
          expect(codec.decode(message)).toEqual({ text, [text]: text });
          // Whether ws hands out a Buffer or a browser a plain view of a larger buffer.
          if (typeof message !== "string")
            expect(codec.decode(Buffer.concat([message]))).toEqual({ text, [text]: text });
        }
      }
    });
  });

  describe("a message of the wrong kind, or one that is broken, is a CodecError", () => {
    test("text on msgpack and bytes on JSON", () => {
      expect(() => msgpack.decode("{}")).toThrow(new CodecError("text message: cellgate.v1.msgpack expects binary"));
      expect(() => json.decode(Uint8Array.of(0x80))).toThrow(
        new CodecError("binary message: cellgate.v1.json expects text"),
      );
    });

    test("broken ones", () => {
      expect(() => msgpack.decode(Uint8Array.of(0xd4, 0x72, 0x40))).toThrow(/^extension type 0xd4 at byte 0/);
      expect(() => msgpack.decode(new Uint8Array())).toThrow(CodecError);
      expect(() => json.decode("")).toThrow(CodecError);
    });
  });
});

test("msgpackr runs without its native addon", async () => {
  const library: Record<string, unknown> = await import("msgpackr/pack");
  expect(library["isNativeAccelerationEnabled"]).toBe(false);
});
