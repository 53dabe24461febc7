import { decode } from "@msgpack/msgpack";
import { describe, expect, test } from "vitest";
import { createCodec } from "../../src/protocol/codec.ts";
import { guardMsgpack } from "../../src/protocol/guard.ts";

const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };

/** Bytes from hexadecimal digits, spaces ignored. */
const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));
const ascii = (text: string): string => Buffer.from(text).toString("hex");
const check = (digits: string): string | undefined => guardMsgpack(hex(digits), limits);

describe("every form of a plain value passes, and decodes to what it says", () => {
  test.each<[string, string, unknown]>([
    ["positive fixint", "7f", 127],
    ["negative fixint", "e0", -32],
    ["nil", "c0", null],
    ["false", "c2", false],
    ["true", "c3", true],
    ["uint8", "cc ff", 255],
    ["uint16", "cd ffff", 65_535],
    ["uint32", "ce ffffffff", 4_294_967_295],
    ["the largest uint64", "cf 001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["int8", "d0 80", -128],
    ["int16", "d1 8000", -32_768],
    ["int32", "d2 80000000", -2_147_483_648],
    ["the largest int64", "d3 001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["the smallest int64", "d3 ffe0000000000001", Number.MIN_SAFE_INTEGER],
    ["int64 of -1", "d3 ffffffffffffffff", -1],
    ["float32", "ca 3fc00000", 1.5],
    ["float64", "cb 3ff8000000000000", 1.5],
    ["float64 past 2^53", "cb 7fefffffffffffff", Number.MAX_VALUE],
    ["fixstr", "a1 61", "a"],
    ["empty fixstr", "a0", ""],
    ["str8", "d9 01 61", "a"],
    ["str16", "da 0001 61", "a"],
    ["str32", "db 00000001 61", "a"],
    ["bin8", "c4 01 ff", Uint8Array.of(255)],
    ["bin16", "c5 0001 ff", Uint8Array.of(255)],
    ["bin32", "c6 00000001 ff", Uint8Array.of(255)],
    ["fixarray", "91 01", [1]],
    ["empty fixarray", "90", []],
    ["array16", "dc 0001 01", [1]],
    ["array32", "dd 00000001 01", [1]],
    ["fixmap", "81 a1 61 01", { a: 1 }],
    ["empty fixmap", "80", {}],
    ["map16", "de 0001 a1 61 01", { a: 1 }],
    ["map32", "df 00000001 a1 61 01", { a: 1 }],
    [
      "keys in every form of a string",
      "84 a0 01 d9 01 61 02 da 0001 62 03 db 00000001 63 04",
      { "": 1, a: 2, b: 3, c: 4 },
    ],
    ["nested containers", "82 a1 61 92 80 90 a1 62 81 a1 63 c0", { a: [{}, []], b: { c: null } }],
  ])("%s", (_, digits, value) => {
    expect(check(digits)).toBeUndefined();
    expect(createCodec("cellgate.v1.msgpack", limits).decode(hex(digits))).toEqual(value);
    expect(decode(hex(digits))).toEqual(value);
  });
});

const short = (tag: string, at: number, expected: number, got: number): string =>
  `tag ${tag} at byte ${at}: expected at least ${expected} bytes behind its length, got ${got}`;

describe("what is no plain value is refused, and the message says what and where", () => {
  test.each<[string, string, string]>([
    ["no bytes", "", "no bytes: expected one msgpack value"],
    ["the tag without a meaning", "91 c1", "tag 0xc1 at byte 1: expected a msgpack value"],
    ["a second value", "01 02", "1 bytes too many, from byte 1: expected the end"],
    ["a second frame", "80 80", "1 bytes too many, from byte 1: expected the end"],
    ["an item that is missing", "92 01", short("0x92", 0, 2, 1)],
    ["a value that is missing", "81 a1 61", "frame ends at byte 3: expected a value"],
    ["a key that is missing", "91 82 a1 61 a1 62", "frame ends at byte 6: expected a map key"],
    ["uint64 of 2^53", "cf 0020000000000000", "integer at byte 0: expected one within ±(2^53 - 1)"],
    ["uint64 of 2^64 - 1", "cf ffffffffffffffff", "integer at byte 0: expected one within ±(2^53 - 1)"],
    ["int64 of 2^53", "d3 0020000000000000", "integer at byte 0: expected one within ±(2^53 - 1)"],
    ["int64 of -2^53", "91 d3 ffe0000000000000", "integer at byte 1: expected one within ±(2^53 - 1)"],
    ["int64 of -2^63", "d3 8000000000000000", "integer at byte 0: expected one within ±(2^53 - 1)"],
    ["a key that is a number", "81 01 02", "map key at byte 1: expected a string, got tag 0x01"],
    ["a key that is nil", "81 c0 02", "map key at byte 1: expected a string, got tag 0xc0"],
    ["a key of bytes", "81 c4 01 61 02", "map key at byte 1: expected a string, got tag 0xc4"],
    ["a key that is a list", "81 90 02", "map key at byte 1: expected a string, got tag 0x90"],
    ["a key that is a map", "81 80 02", "map key at byte 1: expected a string, got tag 0x80"],
    ["a later key that is a number", "82 a1 61 01 02 03", "map key at byte 4: expected a string, got tag 0x02"],
    ["fixstr longer than the frame", "a5 61", short("0xa5", 0, 5, 1)],
    ["str8 longer than the frame", "d9 05 61", short("0xd9", 0, 5, 1)],
    ["str16 longer than the frame", "da ffff 61", short("0xda", 0, 65535, 1)],
    ["str32 of 4 GB", "db ffffffff 61", short("0xdb", 0, 4294967295, 1)],
    ["str32 of 2 GB", "db 80000000 61", short("0xdb", 0, 2147483648, 1)],
    ["bin8 longer than the frame", "c4 02 61", short("0xc4", 0, 2, 1)],
    ["bin32 of 4 GB", "c6 ffffffff 61", short("0xc6", 0, 4294967295, 1)],
    ["array16 longer than the frame", "dc ffff 61", short("0xdc", 0, 65535, 1)],
    ["array32 of 4 G items", "dd ffffffff 61", short("0xdd", 0, 4294967295, 1)],
    ["map16 longer than the frame", "de 0001 a0", short("0xde", 0, 2, 1)],
    ["map32 of 4 G entries", "df ffffffff a0 00", short("0xdf", 0, 8589934590, 2)],
    ["map32 whose items overflow 32 bits", "df 80000000 a0 00", short("0xdf", 0, 4294967296, 2)],
    ["a cut uint16", "cd 00", "tag 0xcd at byte 0: expected 2 bytes behind it, got 1"],
    ["a cut float64", "91 cb 0000", "tag 0xcb at byte 1: expected 8 bytes behind it, got 2"],
    ["a cut length of str32", "db 000000", "tag 0xdb at byte 0: expected 4 bytes behind it, got 3"],
    ["a cut length of map16", "de 00", "tag 0xde at byte 0: expected 2 bytes behind it, got 1"],
  ])("%s", (_, digits, message) => {
    expect(check(digits)).toBe(message);
  });
});

describe("every form of an extension is refused, whatever its type", () => {
  const forms: [string, string][] = [
    ["fixext1", "d4"],
    ["fixext2", "d5"],
    ["fixext4", "d6"],
    ["fixext8", "d7"],
    ["fixext16", "d8"],
    ["ext8", "c7 04"],
    ["ext16", "c8 0004"],
    ["ext32", "c9 00000004"],
  ];
  const types: [string, string][] = [
    ["undefined, or an application's own", "00"],
    ["a timestamp", "ff"],
    ["a record", "72"],
    ["bundled strings", "62"],
    ["an identity", "69"],
    ["a pointer", "70"],
    ["a Set", "73"],
    ["a typed array", "74"],
    ["an Error", "65"],
    ["a RegExp", "78"],
    ["a BigInt", "42"],
  ];
  const cases = forms.flatMap(([form, tag]) => types.map(([name, type]) => [form, name, tag, type] as const));
  test.each(cases)("%s with the type of %s", (_, __, tag, type) => {
    const extension = `${tag} ${type} ${"01".repeat(16)}`;
    const message = `extension type 0x${tag.slice(0, 2)} at byte 1: v1 frames carry plain values only`;
    expect(check(`91 ${extension}`)).toBe(message);
    expect(check(`81 ${extension} 01`)).toBe(message);
  });

  test("the offset is that of the extension", () => {
    const digits = `82 a4 ${ascii("type")} a4 ${ascii("ping")} a1 78 d4 00 00`;
    expect(check(digits)).toBe("extension type 0xd4 at byte 13: v1 frames carry plain values only");
  });
});

describe("a key __proto__ is refused", () => {
  const proto = ascii("__proto__");
  test.each([
    ["fixstr", `81 a9 ${proto} 80`, 1],
    ["str8", `81 d9 09 ${proto} 80`, 1],
    ["str16", `81 da 0009 ${proto} 80`, 1],
    ["str32", `81 db 00000009 ${proto} 80`, 1],
    ["a second key", `82 a1 61 01 a9 ${proto} 80`, 4],
    ["a nested map", `91 81 a1 61 81 a9 ${proto} 80`, 5],
    ["map16", `de 0001 a9 ${proto} 80`, 3],
  ])("as %s", (_, digits, at) => {
    expect(check(digits)).toBe(`map key at byte ${at}: expected any but __proto__`);
  });

  test.each([
    ["a value __proto__", `81 a1 61 a9 ${proto}`],
    ["a list with __proto__", `91 a9 ${proto}`],
    ["a key that is longer", `81 aa ${proto}5f 01`],
    ["another key of nine letters", `81 a9 ${ascii("prototype")} 01`],
    ["a key that begins alike", `81 a9 ${ascii("__proto_x")} 01`],
  ])("but %s is not", (_, digits) => {
    expect(check(digits)).toBeUndefined();
  });
});

describe("a frame is held to its limits", () => {
  const nested = (open: string, levels: number, inner: string): string => open.repeat(levels) + inner;

  test.each([
    ["lists", nested("91", 160, "01"), nested("91", 161, "01")],
    ["empty lists", nested("91", 159, "90"), nested("91", 160, "90")],
    ["maps", nested("81a161", 160, "01"), nested("81a161", 161, "01")],
    ["empty maps", nested("81a161", 159, "80"), nested("81a161", 160, "80")],
    ["array32", nested("dd00000001", 160, "01"), nested("dd00000001", 161, "01")],
  ])("160 levels of %s pass and 161 do not", (_, fits, over) => {
    expect(check(fits)).toBeUndefined();
    expect(check(over)).toMatch(/^container at byte \d+: expected at most 160 levels of nesting$/);
  });

  test("depth counts what is open, not what was", () => {
    const siblings = "dc 0100" + "91 90".repeat(256);
    expect(guardMsgpack(hex(siblings), { ...limits, frameDepth: 3 })).toBeUndefined();
  });

  test("a million levels are refused without a recursion, under any limit", () => {
    const bytes = new Uint8Array(1_000_000).fill(0x91);
    expect(guardMsgpack(bytes, limits)).toMatch(/at most 160 levels/);
    expect(guardMsgpack(bytes, { ...limits, frameDepth: 1e9 })).toMatch(/at most 1024 levels/);
  });

  test("nodes are the values and the keys", () => {
    const bytes = hex("82 a1 61 92 01 02 a1 62 80"); // the map, two keys, two values, two items
    expect(guardMsgpack(bytes, { ...limits, frameNodes: 7 })).toBeUndefined();
    expect(guardMsgpack(bytes, { ...limits, frameNodes: 6 })).toBe("byte 8: expected at most 6 values and keys");
  });

  test("100,000 nodes pass and one more does not", () => {
    const list = (items: number): Uint8Array => {
      const bytes = new Uint8Array(5 + items);
      bytes[0] = 0xdd;
      new DataView(bytes.buffer).setUint32(1, items);
      return bytes;
    };
    expect(guardMsgpack(list(99_999), limits)).toBeUndefined();
    expect(guardMsgpack(list(100_000), limits)).toBe("byte 100004: expected at most 100000 values and keys");
  });

  test("bytes are counted first", () => {
    const bytes = new Uint8Array(101).fill(0xc1);
    expect(guardMsgpack(bytes, { ...limits, frameBytes: 100 })).toBe("101 bytes: expected at most 100");
    expect(guardMsgpack(hex("c4 02 0000"), { ...limits, frameBytes: 4 })).toBeUndefined();
  });
});

describe("a frame is whole", () => {
  const sample = hex(
    `87 a4 ${ascii("type")} a6 ${ascii("result")} a2 6964 cd 1234 a1 66 cb 3ff8000000000000 a1 6e d3 ffe0000000000001
     a1 73 d9 03 e282ac a1 62 c5 0002 ffff a1 6c dc 0002 91 c0 de 0001 a1 61 ca 3fc00000`.replaceAll("\n", ""),
  );

  test("the sample passes, wherever it lies in its buffer", () => {
    const padded = new Uint8Array(sample.length + 20).fill(0xff);
    padded.set(sample, 7);
    expect(guardMsgpack(sample, limits)).toBeUndefined();
    expect(guardMsgpack(padded.subarray(7, 7 + sample.length), limits)).toBeUndefined();
  });

  test("every truncation of it is refused", () => {
    for (let length = 0; length < sample.length; length++) {
      expect(guardMsgpack(sample.subarray(0, length), limits), `${length} bytes`).toBeTypeOf("string");
    }
  });

  test("every byte behind it is refused", () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(guardMsgpack(Uint8Array.of(...sample, byte), limits)).toMatch(/^1 bytes too many/);
    }
  });
});
