import { describe, expect, test } from "vitest";
import { runInIsolate, valueOf } from "../isolate-run.ts";

const nested = (levels: number) => `Array.from({ length: ${levels} }).reduce((inner) => [inner], 1)`;

/** The JSON text that a cell made of a value. */
const jsonOf = async (value: string) => {
  const { events, error } = await runInIsolate(`store("k", ${value})`);
  const write = events.find(({ type }) => type === "write");
  return write?.type === "write" ? write.json : `refused: ${error?.message.split("\n")[0]}`;
};

describe("V3, T3: what JSON can carry", () => {
  test.each<[string, string]>([
    [`"text"`, `"text"`],
    [`null`, "null"],
    [`NaN`, "null"],
    [`[1, undefined, , Infinity]`, "[1,null,null,null]"],
    [`{ a: undefined, b: 1 }`, `{"b":1}`],
    [`{ "": { "a.b": 1 } }`, `{"":{"a.b":1}}`],
    [`new Date(0)`, `"1970-01-01T00:00:00.000Z"`],
    [`{ toJSON: (key) => "made of " + key }`, `"made of "`],
    [`[{ toJSON: (key) => key }]`, `["0"]`],
    [`Object.assign([1], { extra: 2 })`, "[1]"],
    [`Object(1)`, "1"],
    [`new Map([[1, 2]])`, "{}"],
    [`"\\ud800"`, `"\\ud800"`],
    [
      `(() => { const shared = { s: 1 }; return [shared, { shared }, shared] })()`,
      `[{"s":1},{"shared":{"s":1}},{"s":1}]`,
    ],
    [`(() => { const shared = {}; return { a: { shared }, b: [[shared]] } })()`, `{"a":{"shared":{}},"b":[[{}]]}`],
    [`new Proxy([1, 2], {})`, "[1,2]"],
    [nested(128), `${"[".repeat(128)}1${"]".repeat(128)}`],
  ])("%s is kept", async (value, json) => {
    expect(await jsonOf(value)).toBe(json);
  });

  test("a getter and a toJSON are asked once", async () => {
    const source = `let asked = 0; store("k", { get a() { return ++asked }, b: { toJSON: () => ++asked } }); return [asked, load("k")]`;
    expect(await valueOf(source)).toEqual([2, { a: 1, b: 2 }]);
  });
});

describe("V3, T3, V4: what JSON cannot carry is refused with its path", () => {
  test.each<[string, string]>([
    [`10n`, "value is a BigInt"],
    [`() => 1`, "value is a function"],
    [`Symbol("s")`, "value is a symbol"],
    [`{ a: [1, { b: 2n }] }`, "value.a[1].b is a BigInt"],
    [`{ list: [{ f() {} }] }`, "value.list[0].f is a function"],
    [`[Symbol.iterator]`, "value[0] is a symbol"],
    [`(() => { const o = { in: [] }; o.in.push(o); return o })()`, "value.in[0] contains itself"],
    [nested(129), "is nested more than 128 levels deep"],
    [`JSON.parse('{"__proto__": 1}')`, "value.__proto__ is a key that is not allowed"],
    [`{ a: [JSON.parse('{"__proto__": {}}')] }`, "value.a[0].__proto__ is a key that is not allowed"],
    [`{ toJSON: () => JSON.parse('{"__proto__": 1}') }`, "value.__proto__ is a key that is not allowed"],
    [`{ toJSON: () => () => 1 }`, "value is a function"],
    [`{ get a() { return 1n } }`, "value.a is a BigInt"],
    [
      `(() => { let n = 0; return { get a() { return n++ ? JSON.parse('{"__proto__": 1}') : 1 }, toJSON() { return this.a, this } } })()`,
      "value.a.__proto__ is a key that is not allowed",
    ],
    [
      `new Proxy({}, { ownKeys: () => ["__proto__"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) })`,
      "value.__proto__ is a key that is not allowed",
    ],
    [`{ ["x".repeat(80)]: { ["y".repeat(80)]: 1n } }`, "… is a BigInt"],
  ])("%s", async (value, problem) => {
    expect(await jsonOf(value)).toContain(problem);
  });

  test("what a getter throws reaches the cell as it is", async () => {
    const source = `const mine = new Error("mine"); try { store("k", { get a() { throw mine } }) } catch (e) { return e === mine }`;
    expect(await valueOf(source)).toBe(true);
  });

  test("V3: a value without end is refused, and does not take the executor along", async () => {
    const endless = `new Proxy({}, { ownKeys: () => ["a"], get: (_, key) => key === "toJSON" ? undefined : endless(), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })`;
    const { error } = await runInIsolate(`const endless = () => ${endless}; store("k", endless())`);
    expect(error?.message).toContain("is nested more than 128 levels deep");
  });
});
