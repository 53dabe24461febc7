import { describe, expect, test } from "vitest";
import { textsOf, valueOf } from "../isolate-run.ts";

const helpers = [
  "ALL_TOOLS",
  "clearTimeout",
  "exit",
  "image",
  "load",
  "notify",
  "setTimeout",
  "store",
  "text",
  "tools",
  "yield_control",
];

describe("J3: globals", () => {
  test("J3: beyond the built-ins of ECMAScript there are the helpers, and nothing else", async () => {
    const names = (await valueOf(`return Object.getOwnPropertyNames(globalThis)`)) as string[];
    const language = new Set([
      ..."Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date".split(
        " ",
      ),
      ..."Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError".split(" "),
      ..."URIError globalThis JSON Math Intl ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array".split(" "),
      ..."Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array".split(" "),
      ..."DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect".split(" "),
      ..."decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN".split(" "),
      // Of one version of V8 and not of the other.
      ..."SuppressedError DisposableStack AsyncDisposableStack Float16Array Temporal".split(" "),
    ]);
    expect(names.filter((name) => !language.has(name)).toSorted()).toEqual(helpers);
  });

  test.each([
    ..."console WebAssembly SharedArrayBuffer Atomics FinalizationRegistry require process fetch module Buffer global".split(
      " ",
    ),
    ..."setInterval setImmediate queueMicrotask structuredClone $run $0 ivm Reference".split(" "),
  ])("J3: there is no %s", async (name) => {
    expect(await valueOf(`return [typeof ${name}, "${name}" in globalThis]`)).toEqual(["undefined", false]);
  });

  test("J3: helpers are as the language's own globals: writable, configurable, not listed", async () => {
    const source = `return ALL.map((name) => {
      const { writable, configurable, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name);
      return [writable, configurable, enumerable];
    })`.replace("ALL", JSON.stringify(helpers));
    for (const flags of (await valueOf(source)) as boolean[][]) expect(flags).toEqual([true, true, false]);
  });

  test("J3: helpers are called what they are", async () => {
    const functions = helpers.filter((name) => name !== "tools" && name !== "ALL_TOOLS");
    expect(await valueOf(`return [${functions.join()}].map(({ name }) => name)`)).toEqual(functions);
  });
});

describe("J3: array buffers have a fixed length", () => {
  test.each<[string, unknown]>([
    [`return new ArrayBuffer(8, { maxByteLength: 99 }).byteLength`, 8],
    [
      `return ["resize", "resizable", "maxByteLength"].filter((name) => name in new ArrayBuffer(8, { maxByteLength: 99 }))`,
      [],
    ],
    [`return new ArrayBuffer().byteLength`, 0],
    [`return new Uint8Array(8).buffer.constructor === ArrayBuffer`, true],
    [`return new ArrayBuffer(8) instanceof ArrayBuffer`, true],
    [`return new (class Mine extends ArrayBuffer {})(8, { maxByteLength: 99 }).constructor.name`, "Mine"],
    [`return new ArrayBuffer(8).slice(2).byteLength`, 6],
    [`return new ArrayBuffer(8).transfer(16).byteLength`, 16],
    [`return ArrayBuffer.isView(new DataView(new ArrayBuffer(8)))`, true],
    [`return ArrayBuffer.name + ArrayBuffer.length`, "ArrayBuffer1"],
    [`try { ArrayBuffer(8) } catch (e) { return String(e) }`, "TypeError: Constructor ArrayBuffer requires 'new'"],
    [`try { new ArrayBuffer(-1) } catch (e) { return e.name }`, "RangeError"],
    [`return Object.getOwnPropertyDescriptor(ArrayBuffer, "prototype").writable`, false],
    [
      `const grown = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 99 }], Object); return "resize" in grown`,
      false,
    ],
  ])("J3: %s", async (source, value) => {
    expect(await valueOf(source)).toEqual(value);
  });
});

describe("J13: what a cell overwrites", () => {
  test("J13: affects that cell alone", async () => {
    await textsOf(`JSON.stringify = () => "mine"; globalThis.text = null; Object.prototype.then = 1; Math.max = null`);
    expect(await textsOf(`text({ a: Math.max(1, 2) })`)).toEqual(['{"a":2}']);
  });

  test("J13: helpers can be replaced by the cell's own", async () => {
    expect(await textsOf(`const put = text; text = (value) => put("mine: " + value); text("x")`)).toEqual(["mine: x"]);
  });
});
