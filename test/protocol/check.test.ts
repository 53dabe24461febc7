import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assertValid,
  type Check,
  CheckError,
  describeProblem,
  integer,
  isBoolean,
  isString,
  jsonValue,
  listOf,
  mapOf,
  nameOf,
  nullable,
  oneOf,
  optional,
  shape,
  stringUpTo,
} from "../../src/protocol/check.ts";

/** What is wrong with a value, as a frame's error would say it. */
function say<T>(check: Check<T>, value: unknown): string | undefined {
  const problem = check(value);
  return problem && describeProblem(problem, "x");
}

const point = shape<{ x: number; label?: string | undefined }>({ x: integer(0), label: optional(isString) });
const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

type Row = [name: string, check: unknown, value: unknown, problem?: string];

const rows: Row[] = [
  ["a string", isString, ""],
  ["a string", isString, null, "x: expected a string, got null"],
  ["a string", isString, new String("x"), "x: expected a string, got an object"],
  ["a boolean", isBoolean, false],
  ["a boolean", isBoolean, 0, "x: expected true or false, got 0"],
  ["an integer", integer(1), 1],
  ["an integer", integer(1), Number.MAX_SAFE_INTEGER],
  ["an integer", integer(1), 0, "x: expected a whole number from 1, got 0"],
  ["an integer", integer(1), 1.5, "x: expected a whole number from 1, got 1.5"],
  ["an integer", integer(1), 2 ** 53, "x: expected a whole number from 1, got 9007199254740992"],
  ["an integer", integer(1), Number.NaN, "x: expected a whole number from 1, got NaN"],
  ["an integer", integer(1), "1", 'x: expected a whole number from 1, got "1"'],
  ["an integer", integer(1), 1n, "x: expected a whole number from 1, got 1"],
  ["one of some", oneOf("a", "b"), "b"],
  ["one of some", oneOf("a", "b"), "c", 'x: expected "a" or "b", got "c"'],
  ["one of some", oneOf("a", "b"), ["a"], 'x: expected "a" or "b", got a list of 1'],
  ["an optional", optional(isString), undefined],
  ["an optional", optional(isString), null, "x: expected a string, got null"],
  ["a nullable", nullable(isString), null],
  ["a nullable", nullable(isString), undefined, "x: expected a string or null, got nothing"],
  ["a list", listOf(isString), []],
  ["a list", listOf(isString), ["a", "b"]],
  ["a list", listOf(isString), { length: 0 }, "x: expected a list, got an object"],
  ["a list", listOf(isString), ["a", 1], "x[1]: expected a string, got 1"],
  ["a list of lists", listOf(listOf(isString)), [[], ["a", true]], "x[1][1]: expected a string, got true"],
  ["a shape", point, { x: 0 }],
  ["a shape", point, { x: 0, label: "a", other: Symbol.iterator }],
  ["a shape", point, {}, "x.x: expected a whole number from 0, got nothing"],
  ["a shape", point, { x: 0, label: 1 }, "x.label: expected a string, got 1"],
  ["a shape", point, [], "x: expected an object, got a list of 0"],
  ["a shape", point, null, "x: expected an object, got null"],
  ["a shape", point, new Uint8Array(3), "x: expected an object, got 3 bytes"],
  ["a map", mapOf(isBoolean), {}],
  ["a map", mapOf(isBoolean), { toString: true, constructor: false }],
  ["a map", mapOf(isBoolean), { a: true, b: 1 }, "x.b: expected true or false, got 1"],
  ["a map", mapOf(isBoolean), { "a-b": 1 }, 'x["a-b"]: expected true or false, got 1'],
  ["a map", mapOf(isBoolean), [true], "x: expected an object, got a list of 1"],
  ["a JSON value", jsonValue(3), { a: [null, true, 1.5, "x"], "": {} }],
  ["a JSON value", jsonValue(3), nested(3)],
  ["a JSON value", jsonValue(3), nested(4), "x[0][0][0]: expected at most 3 levels of nesting, got a list of 0"],
  ["a JSON value", jsonValue(3), { a: Number.NaN }, "x.a: expected a finite number, got NaN"],
  ["a JSON value", jsonValue(3), -Infinity, "x: expected a finite number, got -Infinity"],
  ["a JSON value", jsonValue(3), [undefined], "x[0]: expected a JSON value, got nothing"],
  ["a JSON value", jsonValue(3), new Uint8Array(1), "x: expected a JSON value, got 1 bytes"],
  ["a JSON value", jsonValue(3), { a: 1n }, "x.a: expected a JSON value, got 1"],
  [
    "a JSON value",
    jsonValue(3),
    JSON.parse('{"a":{"__proto__":1}}'),
    'x.a.__proto__: expected any other key, got "__proto__"',
  ],
];

test.each(rows)("%s: %o", (...[, check, value, problem]) => {
  expect(say(check as Check<unknown>, value)).toBe(problem);
});

test("a field that only the prototype has is not there", () => {
  expect(say(shape<{ toString: string }>({ toString: isString }), {})).toMatch(/expected a string/);
});

test("what JSON can carry passes, up to its depth", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      expect(say(jsonValue(8), value)).toBeUndefined();
    }),
  );
});

describe("assertValid", () => {
  test("throws what is wrong, with path, expected and got", () => {
    expect(() => assertValid({ x: -1 }, point, "point")).toThrow(
      new CheckError("point.x: expected a whole number from 0, got -1"),
    );
    expect(() => assertValid({ x: 1 }, point, "point")).not.toThrow();
  });
});

test.each<[unknown, string]>([
  [null, "null"],
  [undefined, "nothing"],
  ["x".repeat(40), JSON.stringify("x".repeat(40))],
  ["x".repeat(41), "a string of 41"],
  [[], "a list of 0"],
  [{}, "an object"],
  [new Uint8Array(2), "2 bytes"],
  [-0, "0"],
  [true, "true"],
])("%o is called %s", (value, name) => {
  expect(nameOf(value)).toBe(name);
});

test("stringUpTo passes strings up to its length, and says what came instead", () => {
  const check = stringUpTo(3);
  expect(check("abc")).toBeUndefined();
  expect(check("abcd")).toEqual({ path: "", expected: "at most 3 characters", got: '"abcd"' });
  expect(check(5)).toEqual({ path: "", expected: "a string", got: "5" });
});
