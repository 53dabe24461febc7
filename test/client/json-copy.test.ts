import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonCopy, JsonCopyError } from "../../client/json-copy.ts";

const limits = { frameNodes: 1_000, frameBytes: 10_000 };
const copy = (value: unknown) => jsonCopy(value, "result", 128, limits);

function refusal(value: unknown): JsonCopyError {
  try {
    copy(value);
  } catch (error) {
    if (error instanceof JsonCopyError) return error;
    throw error;
  }
  throw new Error("it was copied");
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
}

describe("the JSON copy of a value", () => {
  test("is what JSON.stringify and JSON.parse make of it", () => {
    const roomy = { frameNodes: 1e6, frameBytes: 1e9 };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        expect(jsonCopy(value, "result", 128, roomy)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("honours toJSON", () => {
    const seen: string[] = [];
    const own = { toJSON: (key: string) => (seen.push(key), 7) };
    expect(copy({ at: new Date(0), list: [own], own })).toEqual({ at: "1970-01-01T00:00:00.000Z", list: [7], own: 7 });
    expect(copy(own)).toBe(7);
    expect(seen).toEqual(["0", "own", ""]);
  });

  test("has no properties that are undefined, and null in their place in a list", () => {
    expect(copy({ a: undefined, b: [undefined, 1] })).toStrictEqual({ b: [null, 1] });
    expect(copy(undefined)).toBeUndefined();
    expect(copy({ toJSON: () => undefined })).toBeUndefined();
  });

  test("has null for numbers that are not finite and 0 for -0, as JSON.stringify has", () => {
    expect(copy([Number.NaN, Number.POSITIVE_INFINITY, 1, -0])).toEqual([null, null, 1, 0]);
  });

  test("has well-formed strings and keys", () => {
    expect(copy({ "a\ud800": "\udc00b" })).toEqual({ "a\ufffd": "\ufffdb" });
  });

  test("takes class instances by their own fields, and may hold one object twice", () => {
    const shared = new (class {
      a = 1;
    })();
    expect(copy([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test.each([
    ["a function", { a: [() => 1] }, "result.a[0]: expected a JSON value, got a function"],
    ["a BigInt", 1n, "result: expected a JSON value, got a bigint"],
    ["a symbol", { a: Symbol("x") }, "result.a: expected a JSON value, got a symbol"],
    ["a map", { a: new Map() }, "result.a: expected a JSON value, got Map"],
    ["a set", [new Set()], "result[0]: expected a JSON value, got Set"],
    ["bytes", new Uint8Array(3), "result: expected a JSON value, got Uint8Array"],
    ["a promise that was not awaited", [Promise.resolve()], "result[0]: expected a JSON value, got Promise"],
    ["an error", { "my key": new Error("x") }, 'result["my key"]: expected a JSON value, got Error'],
    ["a key __proto__", JSON.parse('{"a":{"__proto__":1}}'), "result.a.__proto__: expected any other key"],
  ])("refuses %s, with its path", (_, value, message) => {
    expect(refusal(value)).toMatchObject({ message, overLimit: false });
  });

  test("refuses a cycle, with its path", () => {
    const value = { a: [] as unknown[] };
    value.a.push(value);
    expect(refusal(value)).toMatchObject({ message: "result.a[0]: expected no cycle, got one", overLimit: false });
  });

  test("may be 128 levels deep, and not 129", () => {
    expect(copy(nested(128))).toEqual(nested(128));
    expect(refusal(nested(129)).overLimit).toBe(true);
    expect(refusal(nested(129)).message).toMatch(
      /^result(\[0\]|\.a)+: expected at most 128 levels of nesting, got more$/,
    );
  });

  test("refuses more values and keys than a frame may have, however they are made", () => {
    expect(copy(Array.from({ length: 999 }, () => 0))).toHaveLength(999);
    const message = /expected at most 1000 values and keys in all \(frameNodes\), got more$/;
    const shared = Array.from({ length: 100 }, () => 0);
    for (const value of [
      Array.from({ length: 1_000 }, () => 0),
      Object.assign([], { length: 1e9 }),
      shared.map(() => shared),
    ]) {
      expect(refusal(value)).toMatchObject({ message: expect.stringMatching(message), overLimit: true });
    }
  });

  test("refuses more text than a frame may have, without making it", () => {
    const text = "x".repeat(5_000);
    expect(copy([text, text])).toEqual([text, text]);
    expect(refusal({ a: [text, text, "y"] })).toMatchObject({
      message: "result.a[2]: expected at most 10000 bytes in all (frameBytes), got more",
      overLimit: true,
    });
  });

  test("passes on what a getter throws", () => {
    const value = {
      get a() {
        throw new Error("no");
      },
    };
    expect(() => copy(value)).toThrow(new Error("no"));
  });
});
