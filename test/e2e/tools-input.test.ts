import { describe, expect, test } from "vitest";
import type { Tools } from "../../client/index.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const nested = (levels: number) => `JSON.parse("[".repeat(${levels}) + "]".repeat(${levels}))`;

/** A turn with the tools `my.tool` and `free`, and what they were called with. */
async function listeningTurn() {
  const inputs: unknown[] = [];
  const run = (input: unknown) => void inputs.push(input);
  const tools: Tools = { "my.tool": { description: "", run }, free: { description: "", kind: "freeform", run } };
  return { turn: await sdkTurn(gateway(), { tools }), inputs };
}

describe("T3: the input of a call", () => {
  test("is its first argument only, and absent without one", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.start(`tools.hold(); tools.hold(undefined); tools.hold(null); tools.hold(1, 2); await tools.hold([])`);
    const inputs = [];
    for (let call = 0; call < 5; call++) inputs.push(await turn.next("tool_call"));
    expect(inputs.map((frame) => ("input" in frame ? [frame.input] : []))).toEqual([[], [], [null], [1], [[]]]);
  });

  test.for([
    ["a string", `"a\\n\\u00e9\\ud83d\\ude00"`, "a\né😀"],
    ["a large integer", "Number.MAX_SAFE_INTEGER", Number.MAX_SAFE_INTEGER],
    ["a number past the safe integers", "2 ** 70", 2 ** 70],
    ["a fraction", "0.1", 0.1],
    ["what is no number", "[NaN, Infinity]", [null, null]],
    ["holes and undefined", "({ a: [, undefined], b: undefined })", { a: [null, null] }],
    ["a date", "new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["a lone surrogate", `({ "\\udc00": "\\ud800" })`, { "\ufffd": "\ufffd" }],
    ["128 levels", nested(128), JSON.parse("[".repeat(128) + "]".repeat(128))],
  ])("reaches the host as JSON: %s", async ([, source, expected]) => {
    const { turn, inputs } = await listeningTurn();
    const outcome = await turn.run(`await tools.my_tool(${source})`);
    expect(outcome.error).toBeUndefined();
    expect(inputs).toEqual([expected]);
  });

  test.for([
    [
      "a cycle",
      "(() => { const a = { list: [] }; a.list.push({ a }); return a })()",
      "value.list[0].a contains itself",
    ],
    ["a BigInt", "1n", "value is a BigInt"],
    ["a BigInt inside", "[{ n: 1n }]", "value[0].n is a BigInt"],
    ["a function", "() => 1", "value is a function"],
    ["a function inside", "({ a: { run() {} } })", "value.a.run is a function"],
    ["a class", "({ a: class {} })", "value.a is a function"],
    ["a symbol", `({ s: Symbol("s") })`, "value.s is a symbol"],
    ["what a getter gives", "({ get a() { return [() => 1] } })", "value.a[0] is a function"],
    ["what a toJSON gives", "({ a: { toJSON: () => 1n } })", "value.a is a BigInt"],
    ["129 levels", nested(129), "is nested more than 128 levels deep"],
    ["100,000 levels", `(() => { let v = 1; for (let i = 0; i < 1e5; i++) v = { v }; return v })()`, "128 levels deep"],
  ])("rejects with invalid_input, and the message names tool and path: %s", async ([, source, problem]) => {
    const { turn, inputs } = await listeningTurn();
    const outcome = await turn.run(`
      const call = tools.my_tool(${source});
      text(call instanceof Promise);
      try { await call } catch (error) { text(error.code); text(error.tool); text(error.toString()) }
      await tools.my_tool("next");
    `);
    const [isPromise, code, tool, message] = textsOf(outcome.content);
    expect([isPromise, code, tool]).toEqual(["true", "invalid_input", "my_tool"]);
    expect(message).toMatch(/^tools\.my_tool: the input must be a JSON value: value/);
    expect(message?.endsWith(problem!)).toBe(true);
    expect(inputs).toEqual(["next"]);
  });

  test("of a freeform tool is a string, and nothing else", async () => {
    const { turn, inputs } = await listeningTurn();
    const outcome = await turn.run(`
      await tools.free("any text {");
      for (const input of [undefined, null, 1, {}, ["a"], new String("a")]) {
        await tools.free(input).catch((error) => text(error.code + ": " + error));
      }
    `);
    const refusal = "invalid_input: tools.free: expects a string, since it is a freeform tool";
    expect(textsOf(outcome.content)).toEqual(Array(6).fill(refusal));
    expect(inputs).toEqual(["any text {"]);
  });

  test("what a getter throws rejects the call as it is", async () => {
    const { turn, inputs } = await listeningTurn();
    const outcome = await turn.run(`
      await tools.my_tool({ get a() { throw new RangeError("mine") } }).catch((error) => text(String(error)));
    `);
    expect(outcome.text).toBe("RangeError: mine");
    expect(inputs).toEqual([]);
  });

  test("is taken at the time of the call", async () => {
    const { turn, inputs } = await listeningTurn();
    await turn.run(`const input = { n: 1 }; const call = tools.my_tool(input); input.n = 2; await call`);
    expect(inputs).toEqual([{ n: 1 }]);
  });
});
