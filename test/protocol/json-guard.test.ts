import { encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "../../src/protocol/codec-error.ts";
import { guardMsgpack } from "../../src/protocol/guard.ts";
import { parseJson, plainCopy, scanJson, utf8Length } from "../../src/protocol/json-guard.ts";

const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };

describe("a JSON text is measured without parsing it", () => {
  test.each<[string, number, number]>([
    ["null", 0, 1],
    ["-1.5e+300", 0, 1],
    ['"text"', 0, 1],
    ['""', 0, 1],
    ["[]", 1, 1],
    ["{}", 1, 1],
    [" [ ] ", 1, 1],
    ["[1,2,3]", 1, 4],
    ["[ 1 ,\t2\r\n, 3 ]", 1, 4],
    ["[true,false,null]", 1, 4],
    ['{"a":1}', 1, 3],
    ['{"a":{"b":[]},"c":"d"}', 3, 7],
    ["[[],[[]],[]]", 3, 5],
    ['["[[{,:"]', 1, 2],
    ['["\\"",1]', 1, 3],
    ['["\\\\",1]', 1, 3],
    ['["\\\\\\"[",1]', 1, 3],
    ['{"\\"":"\\\\"}', 1, 3],
    ['["é€😀\u2028"]', 1, 2],
  ])("%s", (text, depth, nodes) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(scanJson(text)).toEqual({ depth, nodes });
  });

  test("the msgpack guard counts the same in the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes("__proto__"));
        const { depth, nodes } = scanJson(text);
        const bytes = encode(JSON.parse(text));
        expect(guardMsgpack(bytes, { ...limits, frameDepth: depth, frameNodes: nodes })).toBeUndefined();
        expect(guardMsgpack(bytes, { ...limits, frameNodes: nodes - 1 })).toMatch(/values and keys/);
        if (depth > 0) expect(guardMsgpack(bytes, { ...limits, frameDepth: depth - 1 })).toMatch(/levels/);
      }),
    );
  });

  test("of a text that is no JSON, the depth is never less than what a parser would see", () => {
    expect(scanJson("]]]][[[[").depth).toBe(0); // a parser stops at the first character
    expect(scanJson("[[[}").depth).toBe(3);
    expect(scanJson('["never closed').nodes).toBe(2);
  });
});

describe("a text within the limits is parsed", () => {
  test.each([
    "null",
    '{"a":[1,"two",{"three":3}]}',
    '"\\u0041\\n"',
    '{"constructor":1,"toJSON":2,"hasOwnProperty":3,"proto":4}',
    '["__proto__","\\u005f_proto__"]',
    '{"a":"\\u005f","__proto_":1}',
    '"\\ud83d\\ude00 \\uD83D\\uDE00"',
    '{"a\\ud83d\\ude00":"\\ufeff"}',
    "[9007199254740993, 1e400, -0]",
  ])("%s", (text) => {
    expect(parseJson(text, limits)).toEqual(JSON.parse(text));
  });
});

describe("a text that is broken, hostile or over a limit is refused, and the message says why", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const list = (items: number): string => JSON.stringify(Array.from({ length: items }, () => 0));

  test.each<[string, string, RegExp]>([
    ["nothing", "", /^expected JSON: /],
    ["half a text", '{"a":', /^expected JSON: /],
    ["two values", "1 2", /^expected JSON: /],
    ["a byte order mark in front", "\ufeff{}", /^expected JSON: /],
    ["NaN", "[NaN]", /^expected JSON: /],
    ["none of its text, which may be secret", '{"token":"secret"x}', /^expected JSON: [^"]*in JSON/],
    [
      "none of its text, however long",
      `{"token":${"secret".repeat(99)}}`,
      /^expected JSON: Unexpected token 's' in JSON$/,
    ],
    ["161 levels", nested(161), /^161 levels of nesting: expected at most 160$/],
    ["half a million levels", nested(500_000), /^500000 levels of nesting: expected at most 160$/],
    ["a million levels that are not closed", '{"a":'.repeat(800_000), /^800000 levels of nesting/],
    ["100,001 nodes", list(100_000), /^100001 values and keys: expected at most 100000$/],
    ["more bytes than fit", `"${"x".repeat(4 << 20)}"`, /^4194306 bytes: expected at most 4194304$/],
    ["more bytes than fit, in fewer characters", `"${"€".repeat(1.4e6)}"`, /^4200002 bytes: expected at most 4194304$/],
  ])("%s", (_, text, message) => {
    expect(() => parseJson(text, limits)).toThrow(CodecError);
    expect(() => parseJson(text, limits)).toThrow(message);
  });

  test("what is right at the limits passes", () => {
    expect(() => parseJson(nested(160), limits)).not.toThrow();
    expect(() => parseJson(list(99_999), limits)).not.toThrow();
    expect(parseJson(`"${"x".repeat((4 << 20) - 2)}"`, limits)).toHaveLength((4 << 20) - 2);
    expect(parseJson(`"${"€".repeat(1_398_100)}"`, limits)).toHaveLength(1_398_100);
  });

  test.each([
    ['{"__proto__":1}', "value.__proto__: expected any other key"],
    ['{"a":[{},{"__proto__":{}}]}', "value.a[1].__proto__: expected any other key"],
    ['{"\\u005f_proto__":1}', "value.__proto__: expected any other key"],
    [
      '{"\\u005F\\u005f\\u0070\\u0072\\u006F\\u0074\\u006f\\u005f\\u005f":1}',
      "value.__proto__: expected any other key",
    ],
    ['{"__prot\\u006f__":1}', "value.__proto__: expected any other key"],
    ['{"a b":{"__proto__":1}}', 'value["a b"].__proto__: expected any other key'],
    ['{"__proto__":1,"__proto__":2}', "value.__proto__: expected any other key"],
  ])("a key __proto__, however it is spelled: %s", (text, message) => {
    expect(() => parseJson(text, limits)).toThrow(new CodecError(message));
  });

  test("every letter of __proto__ may be escaped, in either case, and is found", () => {
    const letters = Array.from("__proto__");
    for (let mask = 0; mask < 1 << letters.length; mask++) {
      for (const upper of [false, true]) {
        const escaped = letters.map((letter, index) => {
          if (!(mask & (1 << index))) return letter;
          const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
          return `\\u${upper ? code.toUpperCase() : code}`;
        });
        expect(() => parseJson(`{"x":{"${escaped.join("")}":1}}`, limits)).toThrow("value.x.__proto__");
      }
    }
  });
});

describe("a lone surrogate becomes U+FFFD", () => {
  test.each([
    ['"\\ud800"', "\ufffd"],
    ['"a\\uDC00b"', "a\ufffdb"],
    ['"\\udbff\\ud83d\\ude00"', "\ufffd😀"],
    ['"\\ude00\\ud83d"', "\ufffd\ufffd"],
    ['{"k\\ud800":["\\udfff",{"x":"\\uD800"}]}', { "k\ufffd": ["\ufffd", { x: "\ufffd" }] }],
    ['"\ud800"', "\ufffd"],
    ['"\\\\ud800"', "\\ud800"],
  ])("%j", (text, value) => {
    expect(parseJson(text, limits)).toEqual(value);
  });

  test("in every string of whatever JSON.stringify writes", () => {
    const value = fc.jsonValue({ stringUnit: "binary" });
    fc.assert(
      fc.property(value, (original) => {
        const text = JSON.stringify(original);
        fc.pre(!text.includes("__proto__"));
        const parsed = parseJson(text, limits);
        expect(JSON.stringify(parsed)).not.toMatch(/(^|[^\\])(\\\\)*\\ud/);
        expect(parseJson(JSON.stringify(parsed), limits)).toEqual(parsed);
      }),
    );
  });
});

describe("a plain copy", () => {
  test("is what JSON.stringify would have written, apart from byte arrays", () => {
    const bytes = Uint8Array.of(1, 2);
    class Point {
      x = 1;
    }
    const value = {
      date: new Date(0),
      url: new URL("http://host/path"),
      point: new Point(),
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
      list: [undefined, "\ud800"],
      holes: Object.assign([], { length: 2 }),
      bytes,
      absent: undefined,
      toJSON: "data",
    };
    expect(plainCopy(value, 9)).toStrictEqual({
      date: "1970-01-01T00:00:00.000Z",
      url: "http://host/path",
      point: { x: 1 },
      bare: { a: 1 },
      list: [undefined, "\ufffd"],
      holes: [undefined, undefined],
      bytes,
      absent: undefined,
      toJSON: "data",
    });
  });

  const cycle: Record<string, unknown> = {};
  cycle["again"] = cycle;
  test.each<[string, unknown, RegExp]>([
    ["a Set", [new Set()], /^value\[0\]: expected a JSON value, got Set$/],
    ["a Map", { a: new Map() }, /got Map$/],
    ["a RegExp", { a: /x/ }, /got RegExp$/],
    ["an Error", { a: new Error("x") }, /got Error$/],
    ["a Float64Array", { a: new Float64Array(2) }, /got Float64Array$/],
    ["an ArrayBuffer", { a: new ArrayBuffer(2) }, /got ArrayBuffer$/],
    ["a BigInt", { a: 1n }, /got BigInt$/],
    ["a symbol", { a: Symbol("x") }, /got Symbol$/],
    ["a function", { a: () => 1 }, /got Function$/],
    ["a promise", { a: Promise.resolve() }, /got Promise$/],
    ["a cycle", cycle, /^value\.again\.again\.again.*…: expected fewer levels of nesting$/],
    ["a list that is too deep", { a: [[]] }, /^value\.a\[0\]: expected fewer levels of nesting$/],
  ])("is refused of %s", (name, value, message) => {
    const levels = name === "a cycle" ? 160 : 2;
    expect(() => plainCopy(value, levels)).toThrow(CodecError);
    expect(() => plainCopy(value, levels)).toThrow(message);
  });
});

test("the length of a text in UTF-8 is what an encoder makes of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), (left, right) => {
      for (const text of [left + right, `${left}\ud83d${right}`, `\ude00${left}`, `${right}\ud83d`]) {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }
    }),
  );
});
