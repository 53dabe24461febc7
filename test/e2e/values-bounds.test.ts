import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const nested = (levels: number) => `JSON.parse("[".repeat(${levels}) + "]".repeat(${levels}))`;

describe("V3: store keeps what a JSON round trip makes of a value", () => {
  test.for([
    ["a string", `"a\\n\\u00e9\\ud83d\\ude00"`, "a\né😀"],
    ["a number", "-1.5e300", -1.5e300],
    ["no number", "NaN", null],
    ["null", "null", null],
    ["a list with holes and undefined", "[1, , undefined, 4]", [1, null, null, 4]],
    ["an object with undefined and symbols", `({ a: 1, b: undefined, [Symbol("s")]: 2 })`, { a: 1 }],
    ["a date", "new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["its own toJSON", `({ toJSON: (key) => ["json", key] })`, ["json", ""]],
    ["an instance", "new (class A { x = 1; get y() { return 2 } })()", { x: 1 }],
    ["a map", "new Map([[1, 2]])", {}],
    ["a boxed value", `[new String("s"), new Number(1)]`, ["s", 1]],
    ["one object twice", "(() => { const o = {}; return [o, o, { o }] })()", [{}, {}, { o: {} }]],
    ["a proxy", "new Proxy([{ a: 1 }], {})", [{ a: 1 }]],
    ["128 levels", nested(128), JSON.parse("[".repeat(128) + "]".repeat(128))],
    ["no value at all in a lone surrogate", `"\\ud800"`, "\ufffd"],
    ["an odd key", `({ "": 1, "a b": 2, constructor: 3, 10: 4 })`, { 10: 4, "": 1, "a b": 2, constructor: 3 }],
  ])("of %s", async ([, source, expected]) => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(`store("k", ${source})`);
    expect(outcome.error).toBeUndefined();
    expect(await turn.storedValues()).toEqual({ k: expected });
  });

  const plain = 'Unable to store "k". Only plain serializable objects can be stored.';
  test.for([
    ["undefined", "undefined", plain],
    ["a function", "() => {}", `${plain} (value is a function)`],
    ["a symbol", `Symbol("s")`, `${plain} (value is a symbol)`],
    ["a BigInt", "({ a: [1, { b: 1n }] })", `${plain} (value.a[1].b is a BigInt)`],
    ["a method", "({ list: [{ run() {} }] })", `${plain} (value.list[0].run is a function)`],
    ["an odd key", `({ "": { "a b": [Symbol.iterator] } })`, `${plain} (value[""].a b[0] is a symbol)`],
    ["a cycle", "(() => { const a = { b: [] }; a.b.push(a); return a })()", `${plain} (value.b[0] contains itself)`],
    ["what a getter gives", "({ get big() { return 1n } })", `${plain} (value.big is a BigInt)`],
    ["what a toJSON gives", "[{ toJSON: () => () => {} }]", `${plain} (value[0] is a function)`],
    [
      "what a toJSON gives the second time",
      "(() => { let n = 0; return { toJSON: () => (n++ ? 1n : {}) } })()",
      undefined,
    ],
  ])("but refuses %s, and the key keeps its value", async ([, source, message]) => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(
      `${ATTEMPT} store("k", "old"); attempt(() => store("k", ${source})); text(load("k"))`,
    );
    if (message !== undefined) expect(textsOf(outcome.content)).toEqual([message, "old"]);
    expect(outcome.error).toBeUndefined();
    // What is stored is what the cell saw, and it is JSON.
    expect(JSON.stringify(await turn.storedValues())).toMatch(
      message === undefined ? /^\{"k":("old"|\{\})\}$/ : /"old"/,
    );
  });

  test("but refuses 129 levels, in an error whose path is cut", async () => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(`${ATTEMPT} attempt(() => store("k", ${nested(129)}))`);
    expect(outcome.text).toMatch(
      /^Unable to store "k"\..*\(value(\[0\]){33}\[… is nested more than 128 levels deep\)$/,
    );
    expect(await turn.storedValues()).toEqual({});
  });

  test("what a getter throws goes to the cell as it is, and the key keeps its value", async () => {
    const turn = await sdkTurn(gateway());
    await turn.run(`store("k", "old"); store("k", { get a() { throw new RangeError("mine") } })`).then((outcome) => {
      expect(outcome.error?.message).toMatch(/^RangeError: mine\n/);
    });
    expect(await turn.storedValues()).toEqual({ k: "old" });
  });

  test("a key is a string", async () => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(`${ATTEMPT} attempt(() => store(1, 1)); attempt(() => load(Symbol.iterator))`);
    expect(textsOf(outcome.content)).toEqual(["store expects a string key", "load expects a string key"]);
  });
});

describe("V4: load", () => {
  test("gives a fresh copy each time, and undefined where nothing is stored", async () => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(`
      const original = { list: [1] };
      store("k", original);
      original.list.push(2);
      const copy = load("k");
      copy.list.push(3);
      text(load("k")); text(copy !== load("k")); text(load("toString")); text(load("__proto__"));
    `);
    expect(textsOf(outcome.content)).toEqual(['{"list":[1]}', "true", "undefined", "undefined"]);
  });
});

describe("V4: the name __proto__ is refused", () => {
  const own = `JSON.parse('{"a":[{"__proto__":1}]}')`;

  test("as a key of a stored value, and inside one, with its path", async () => {
    const turn = await sdkTurn(gateway());
    const outcome = await turn.run(
      `${ATTEMPT} attempt(() => store("__proto__", 1)); attempt(() => store("k", ${own}))`,
    );
    expect(textsOf(outcome.content)).toEqual([
      'Unable to store "__proto__". This key is not allowed.',
      'Unable to store "k". Only plain serializable objects can be stored. (value.a[0].__proto__ is a key that is not allowed)',
    ]);
    expect(await turn.storedValues()).toEqual({});
  });

  test("in what a toJSON gives only the second time", async () => {
    const turn = await sdkTurn(gateway(), { tools: { echo: { description: "", run: (input) => input } } });
    const fickle = `(() => { let n = 0; return { toJSON: () => (n++ ? ${own} : {}) } })()`;
    await turn.run(`store("k", ${fickle}); await tools.echo(${fickle})`);
    expect(JSON.stringify(await turn.storedValues())).not.toContain("__proto__");
  });

  test("inside a tool's input, with its path", async () => {
    const turn = await sdkTurn(gateway(), { tools: { echo: { description: "", run: (input) => input } } });
    const outcome = await turn.run(`await tools.echo(${own}).catch((error) => text(error.code + ": " + error))`);
    expect(outcome.text).toBe(
      "invalid_input: tools.echo: the input must be a JSON value: value.a[0].__proto__ is a key that is not allowed",
    );
  });

  test("inside a tool's result by the SDK, with its path", async () => {
    const run = () => JSON.parse('{"a":[{"__proto__":1}]}') as unknown;
    const turn = await sdkTurn(gateway(), { tools: { odd: { description: "", run } } });
    const outcome = await turn.run(`await tools.odd().catch((error) => text(error.code + ": " + error))`);
    expect(outcome.text).toBe('bad_result: tool "odd": result.a[0].__proto__: expected any other key');
  });

  test.for(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)(
    "inside the values that a host sets by %s",
    async (subprotocol) => {
      const turn = await CellTurn.open(gateway(), { subprotocol });
      await turn.run(`store("k", "old")`);
      const values = { list: [JSON.parse('{"__proto__":1}') as unknown] };
      turn.ask({ type: "replace_stored_values", values });
      expect(await turn.next("error")).toMatchObject({
        code: "bad_frame",
        message: expect.stringContaining("__proto__"),
      });
      const id = turn.ask({ type: "stored_values" });
      expect((await turn.next("stored_values", { id })).values).toEqual({ k: "old" });
    },
  );
});
