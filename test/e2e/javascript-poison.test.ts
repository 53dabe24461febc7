import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

/** Uses every helper, and no built-in of its own more than it must. */
const EXERCISE = `
  text("a"); text({ a: [1, "b"] });
  image("https://example.com/", "low"); image({ type: "image", data: "AA==", mimeType: "image/png" });
  notify("n"); notify({ n: [1] });
  store("k", { v: [1, 2] });
  text(load("k"));
  try { store("u", undefined) } catch (error) { text(error.toString()) }
  try { store("u", { a: [() => 1] }) } catch (error) { text(error.toString()) }
  try { notify("") } catch (error) { text(error.toString()) }
  try { image(1) } catch (error) { text(error.toString()) }
  try { setTimeout(1) } catch (error) { text(error.toString()) }
  text(await tools.echo({ x: [1] }));
  text(await tools.echo([2]));
  try { await tools.fail() } catch (error) { text(error.toString()); text(error.code); text(error.tool) }
  try { await tools.echo(1n) } catch (error) { text(error.toString()) }
  let fired;
  const timer = new NativePromise((resolve) => { fired = resolve });
  clearTimeout(setTimeout(() => text("never"), 1));
  setTimeout(() => { text("timer"); fired() }, 5);
  await timer;
  yield_control();
  text(ALL_TOOLS[0].name);
  setTimeout(exit, 1);
  await new NativePromise(() => {});
`;

const poisons = [
  `globalThis.text2 = 1`,
  `Object.prototype.then = function () {}`,
  `Object.prototype.then = function (resolve) { resolve("poisoned") }`,
  `Array.prototype.then = () => { throw new Error("then") }`,
  `Object.defineProperty(Object.prototype, "then", { get() { throw new Error("then") } })`,
  `Promise.prototype.then = () => { throw new Error("then") }`,
  `Promise.prototype.then = Promise.prototype.catch = Promise.prototype.finally = null`,
  `Promise.prototype.constructor = undefined`,
  `Promise.resolve = Promise.reject = Promise.all = null; globalThis.Promise = class extends Promise {}`,
  `JSON.stringify = () => "poisoned"; JSON.parse = () => "poisoned"; globalThis.JSON = null`,
  `Object.prototype.get = function () {}; Object.prototype.set = function () {}`,
  `Object.prototype.value = 5; Object.prototype.writable = false; Object.prototype.configurable = false`,
  `Object.defineProperty(Object.prototype, "value", { get() { return 7 }, set() { throw new Error("value") } })`,
  `Object.prototype.stack = "x"; Object.prototype.message = "m"; Object.prototype.code = "c"; Object.prototype.tool = "t"`,
  `Object.prototype.parent = Object.prototype.step = 1; Object.prototype.depth = 128; Object.prototype.key = "k"`,
  `Object.defineProperty(Object.prototype, "stack", { get() { throw new Error("stack") }, set() { throw new Error("stack") } })`,
  `Object.defineProperty(Object.prototype, "constructor", { get() { throw new Error("constructor") } })`,
  `Object.keys = Object.create = Object.freeze = Object.hasOwn = Object.defineProperty = null`,
  `Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Error.prototype); Object.freeze(Promise.prototype)`,
  `Object.defineProperty(Array.prototype, "0", { get() { return 9 }, set() { throw new Error("setter") } })`,
  `for (let n = 0; n < 40; n++) Object.defineProperty(Array.prototype, n, { set() { throw new Error("setter") } })`,
  `Array.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.join = null; Array.isArray = () => false`,
  `String.prototype.slice = String.prototype.toWellFormed = String.prototype.indexOf = String.prototype.charCodeAt = null`,
  `String.prototype.toJSON = Number.prototype.toJSON = undefined; String.prototype.toString = null`,
  `globalThis.String = globalThis.Number = globalThis.Error = globalThis.Object = globalThis.Array = null`,
  `Map.prototype.get = Map.prototype.set = Map.prototype.delete = Map.prototype.keys = null; globalThis.Map = null`,
  `Object.getPrototypeOf(new Map().keys()).next = null; Object.defineProperty(Map.prototype, "size", { get: () => 0 })`,
  `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = Function.prototype.toString = null`,
  `Reflect.apply = Reflect.defineProperty = Reflect.construct = null; globalThis.Reflect = null`,
  `Number.isFinite = () => false; Date.now = () => NaN; Math.max = Math.min = null; globalThis.Date = null`,
  `Error.prepareStackTrace = () => { throw new Error("prepare") }`,
  `Error.prepareStackTrace = () => 5`,
  `Error.stackTraceLimit = 0; Error.captureStackTrace = null`,
  `Object.defineProperty(Error, "stackTraceLimit", { get() { throw new Error("limit") } })`,
  `Error.prototype.toString = () => "poisoned"; Error.prototype.name = "Poisoned"`,
  `Object.setPrototypeOf(Array.prototype, null); Object.setPrototypeOf(Error.prototype, null)`,
  `Object.setPrototypeOf(tools.echo, null); Object.setPrototypeOf(text, null); delete globalThis.tools2`,
];

describe("J13: poisoned prototypes and built-ins break none of the helpers", () => {
  const use = async (poison: string) => {
    const heard: string[] = [];
    const turn = await sdkTurn(gateway(), {
      onNotify: ({ text }) => void heard.push(text),
      tools: {
        echo: { description: "", run: (input) => input },
        fail: { description: "", run: async () => Promise.reject(new Error("no")) },
      },
    });
    const source = `const NativePromise = Promise; ${poison};\n${EXERCISE}`;
    const outcome = await turn.run(source, { maxWallMs: 10_000 });
    const { content, error } = outcome;
    return { content, error, heard, stored: await turn.storedValues(), after: (await turn.run(EXERCISE_PLAIN)).text };
  };
  const EXERCISE_PLAIN = `return [typeof [].push, JSON.stringify({}), {}.then, String(new Error("e"))]`;
  let clean: Awaited<ReturnType<typeof use>> | undefined;

  test.for(poisons)("%s", async (poison) => {
    clean ??= await use("");
    expect(clean.error).toBeUndefined();
    expect(textsOf(clean.content).slice(-2)).toEqual(["timer", "echo"]);
    expect(clean.after).toBe('["function","{}",null,"Error: e"]');
    expect(await use(poison)).toEqual(clean);
  });
});

test("J13: a poisoned Object.prototype.then does not reach through what a cell returns or stores", async () => {
  const turn = await sdkTurn(gateway(), { tools: { echo: { description: "", run: (input) => input } } });
  const outcome = await turn.run(`
    Object.prototype.then = 5; Object.prototype.toJSON = () => ({ poisoned: true });
    store("k", { a: 1 }); text({ a: 1 });
    return await tools.echo([1]);
  `);
  // It is the cell's own object that says so: this is what JSON.stringify makes of it.
  expect(textsOf(outcome.content)).toEqual(['{"poisoned":true}', '{"poisoned":true}']);
  expect(await turn.storedValues()).toEqual({ k: { poisoned: true } });
  expect((await turn.run(`return load("k")`)).text).toBe('{"poisoned":true}');
});
