import { decode, encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { msgpackr } from "../../src/gateway/msgpackr.ts";
import { CodecError } from "../../src/protocol/codec-error.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { plainPacking } from "../../src/protocol/packing.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";

const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };

describe.each([
  ["client", plainPacking],
  ["gateway", msgpackr],
])("with the packing of the %s", (_name, packing) => {
  const msgpack = createCodec("cellgate.v1.msgpack", limits, packing);
  const json = createCodec("cellgate.v1.json", limits);
  const both = [msgpack, json];

  const packed = (frame: object): string => Buffer.from(msgpack.encode(frame) as Uint8Array).toString("hex");

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

const bytesOf = (message: Uint8Array | string): Uint8Array =>
  typeof message === "string" ? Buffer.from(message) : message;

function size(message: Uint8Array | string): number {
  return typeof message === "string" ? Buffer.byteLength(message) : message.length;
}

test("msgpackr runs without its native addon", async () => {
  const library: Record<string, unknown> = await import("msgpackr/pack");
  expect(library["isNativeAccelerationEnabled"]).toBe(false);
});
