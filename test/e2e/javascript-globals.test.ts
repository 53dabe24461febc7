import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { hold, textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const helpers = "text image notify store load exit yield_control setTimeout clearTimeout tools ALL_TOOLS".split(" ");

const open = () => sdkTurn(gateway(), { tools: { hold: { ...hold, run: (input) => input } } });

async function run(source: string) {
  const outcome = await (await open()).run(source);
  return { texts: textsOf(outcome.content), error: outcome.error };
}

describe("J3: the globals", () => {
  test("are the built-ins of ECMAScript and the helpers, and nothing else", async () => {
    // What an engine of the same version gives a context that nothing was added to.
    const bare = runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[];
    const absent = ["console", "WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry"];
    const expected = [...bare.filter((name) => !absent.includes(name)), ...helpers];
    const { texts } = await run(`return Object.getOwnPropertyNames(globalThis)`);
    expect(new Set(JSON.parse(texts[0]!) as string[])).toEqual(new Set(expected));
    const inherited = await run(`
      const symbols = Object.getOwnPropertySymbols(globalThis).length;
      return [symbols, Object.keys(globalThis), Reflect.ownKeys(Object.getPrototypeOf(globalThis))];
    `);
    expect(inherited.texts).toEqual(['[0,[],["constructor"]]']);
  });

  test.for([
    ..."console WebAssembly SharedArrayBuffer Atomics require process fetch setInterval setImmediate clearInterval".split(
      " ",
    ),
    ..."queueMicrotask global module exports __dirname Buffer URL TextEncoder structuredClone performance $run".split(
      " ",
    ),
  ])("have no %s, by whichever way", async (name) => {
    const { texts } = await run(`
      for (const way of [() => globalThis.${name}, () => eval("${name}"), () => Function("return ${name}")(),
        () => new Function("return this.${name}")(), () => (0, eval)("this").${name}]) {
        try { text(typeof way()) } catch (error) { text(error.name) }
      }
    `);
    expect(texts).toEqual(["undefined", "ReferenceError", "ReferenceError", "undefined", "undefined"]);
  });

  test("are defined as the language defines its own, and can be replaced", async () => {
    const { texts } = await run(`
      for (const name of ${JSON.stringify(helpers)}) {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
        if (!writable || enumerable || !configurable) text(name);
      }
      const kept = text; globalThis.text = () => {}; text("lost"); kept("kept");
    `);
    expect(texts).toEqual(["kept"]);
  });

  test("give no way to load code from elsewhere", async () => {
    const { texts } = await run(`
      for (const name of ["node:fs", "./cell.js", "data:text/javascript,1", "https://example.com/a.js"]) {
        await import(name).then(() => text("loaded"), (error) => text(error instanceof Error));
      }
    `);
    expect(texts).toEqual(["true", "true", "true", "true"]);
  });
});

describe("J3: an ArrayBuffer cannot be resized", () => {
  test("however it is made", async () => {
    const { texts } = await run(`
      const buffers = [
        new ArrayBuffer(8, { maxByteLength: 1024 }), Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1024 }]),
        new (class extends ArrayBuffer {})(8, { maxByteLength: 1024 }), new Uint8Array(8).buffer,
        new ArrayBuffer(8).slice(), new ArrayBuffer(8, { maxByteLength: 1024 }).transfer(), new DataView(new ArrayBuffer(8)).buffer,
        new (new Uint8Array(8).buffer.constructor)(8, { maxByteLength: 1024 }),
        new (Object.getPrototypeOf(new ArrayBuffer(8)).constructor)(8, { maxByteLength: 1024 }),
      ];
      for (const buffer of buffers) text([buffer.byteLength, typeof buffer.resize, !!buffer.resizable]);
    `);
    expect(texts).toEqual(Array(9).fill('[8,"undefined",false]'));
  });

  test("and works otherwise", async () => {
    const { texts } = await run(`${ATTEMPT}
      const buffer = new ArrayBuffer(4);
      new Uint8Array(buffer).set([1, 2, 3, 4]);
      text([...new Uint8Array(buffer.slice(1, 3))]); text(buffer instanceof ArrayBuffer);
      text(ArrayBuffer.isView(new DataView(buffer))); text(ArrayBuffer.name);
      text(new Uint32Array(2 ** 20).length);
      attempt(() => ArrayBuffer(8)); attempt(() => new ArrayBuffer(-1));
    `);
    expect(texts.slice(0, 5)).toEqual(["[2,3]", "true", "true", "ArrayBuffer", "1048576"]);
    expect(texts.slice(5)).toEqual([expect.stringMatching(/^TypeError: /), expect.stringMatching(/^RangeError: /)]);
  });
});

test("J3: whatever a cell can reach is of its own realm", async () => {
  const { texts, error } = await run(`
    const found = [];
    const seen = new Set();
    const walk = (value, path) => {
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) return;
      seen.add(value);
      const isOurs = typeof value === "function" ? value instanceof Function : value instanceof Object;
      if (!isOurs && Object.getPrototypeOf(value) !== null && value !== Function.prototype) found.push(path);
      walk(Object.getPrototypeOf(value), path + ".[[Prototype]]");
      for (const key of Reflect.ownKeys(value)) {
        const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
        for (const part of [inner, get, set]) walk(part, path + "." + String(key));
      }
    };
    const thrown = (f) => { try { f() } catch (error) { return error } };
    const deep = () => { try { deep() } finally { text("") } };
    const results = [
      globalThis, await tools.hold({ a: [1] }), tools.hold(1), thrown(() => store("k")), thrown(() => notify("")),
      await tools.hold(1n).catch((error) => error), thrown(() => text(Object.create(null, { toJSON: { value: 1 } }))),
      await import("x").catch((error) => error), thrown(deep), store("k", {}), load("k"), thrown(() => eval("(")),
    ];
    results.forEach((result, index) => walk(result, "result" + index));
    for (const result of results) {
      if (result?.constructor?.constructor?.("return this")().text !== text && result !== undefined) found.push(String(result));
    }
    text("found:" + found.join());
    text(seen.size > 500);
  `);
  expect(error).toBeUndefined();
  expect(texts.slice(-2)).toEqual(["found:", "true"]);
});
