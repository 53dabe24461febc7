import { describe, expect, test } from "vitest";
import { runInIsolate, textsOf, valueOf } from "../isolate-run.ts";

const refusalOf = (call: string) =>
  `try { ${call} } catch (e) { return [String(e), e instanceof Error, e.message === String(e)] }`;

describe("V1: what a cell sees", () => {
  test("V1: the values of its start, and its own writes at once", async () => {
    const source = `const before = [load("a"), load("b")]; store("a", 2); store("c", { d: 1 }); return [...before, load("a"), load("c")]`;
    expect(await valueOf(source, { stored: { a: "1", b: `"bee"` } })).toEqual([1, "bee", 2, { d: 1 }]);
  });

  test("V1: a key may be any text", async () => {
    const keys = ["", "constructor", "toString", "hasOwnProperty", "a.b", "🐴", "1"];
    const stored = Object.fromEntries(keys.map((key) => [key, JSON.stringify(key)]));
    expect(await valueOf(`return ${JSON.stringify(keys)}.map(load)`, { stored })).toEqual(keys);
    expect(await valueOf(`return [typeof load("constructor"), typeof load("valueOf")]`)).toEqual([
      "undefined",
      "undefined",
    ]);
  });

  test("V2: each write is told at once, in order, as JSON text", async () => {
    const { events } = await runInIsolate(`store("a", 1); text("x"); store("b", [2]); store("a", { c: 3 }); throw 1`);
    expect(events.slice(1, -1)).toEqual([
      { type: "write", key: "a", json: "1" },
      { type: "content", item: { type: "text", text: "x" } },
      { type: "write", key: "b", json: "[2]" },
      { type: "write", key: "a", json: '{"c":3}' },
    ]);
  });
});

describe("V3: what can be stored", () => {
  test("V3: undefined is refused in the words of the seed", async () => {
    const message = `Unable to store "k". Only plain serializable objects can be stored.`;
    expect(await valueOf(refusalOf(`store("k", undefined)`))).toEqual([message, true, true]);
    expect(await valueOf(refusalOf(`store("k")`))).toEqual([message, true, true]);
    expect(await valueOf(refusalOf(`store("k", { toJSON() {} })`))).toEqual([message, true, true]);
  });

  test("V3: what is refused leaves the earlier value", async () => {
    const source = `for (const bad of [undefined, 1n, () => 1]) try { store("k", bad) } catch {} return load("k")`;
    expect(await valueOf(source, { stored: { k: `"earlier"` } })).toBe("earlier");
  });

  test("V3: the refusal says what and where", async () => {
    expect(await valueOf(refusalOf(`store("a\\nb", { x: [1n] })`))).toEqual([
      `Unable to store "a\\nb". Only plain serializable objects can be stored. (value.x[0] is a BigInt)`,
      true,
      true,
    ]);
  });
});

describe("V4: reading, and the forbidden key", () => {
  test("V4: load gives a fresh copy each time", async () => {
    const source = `const a = load("o"); a.list.push(2); return [load("o").list.length, load("o") === load("o")]`;
    expect(await valueOf(source, { stored: { o: `{"list":[1]}` } })).toEqual([1, false]);
  });

  test("V4: load gives undefined where nothing is stored", async () => {
    expect(await textsOf(`text(load("nothing")); text(load("__proto__"))`)).toEqual(["undefined", "undefined"]);
  });

  test("V4: the key __proto__ is refused", async () => {
    const message = `Unable to store "__proto__". This key is not allowed.`;
    expect(await valueOf(refusalOf(`store("__proto__", 1)`))).toEqual([message, true, true]);
  });

  test.each([
    [`store(5, 1)`, "store expects a string key"],
    [`store(Symbol(), 1)`, "store expects a string key"],
    [`store()`, "store expects a string key"],
    [`load()`, "load expects a string key"],
    [`load({ toString: () => "k" })`, "load expects a string key"],
  ])("V4, J11: %s is refused", async (call, message) => {
    expect(await valueOf(refusalOf(call))).toEqual([message, true, true]);
  });

  test("V4: a lone surrogate in a key becomes U+FFFD", async () => {
    const { events } = await runInIsolate(`store("\\ud800", 1); if (load("\\ufffd") !== 1) throw 1`);
    expect(events[1]).toEqual({ type: "write", key: "\ufffd", json: "1" });
  });
});

describe("V5: bounds", () => {
  const limits = { storedEntries: 3, storedValueBytes: 20, storedBytes: 40 };
  const stored = { a: "1", b: "2" };

  test.each<[string, string | null]>([
    [`store("c", 3)`, null],
    [`store("c", 3); store("d", 4)`, "A session stores at most 3 values (storedEntries)."],
    [`store("c", 3); store("a", 4)`, null],
    [`store("k", "x".repeat(17))`, null],
    [`store("k", "x".repeat(18))`, "A value takes at most 20 bytes (storedValueBytes)."],
    [`store("key", "x".repeat(16))`, "A value takes at most 20 bytes (storedValueBytes)."],
    [`store("k", "€".repeat(5))`, null],
    [`store("k", "€".repeat(6))`, "A value takes at most 20 bytes (storedValueBytes)."],
    [`store("k", "🐴".repeat(4))`, null],
    [`store("🐴", "🐴".repeat(4))`, "A value takes at most 20 bytes (storedValueBytes)."],
    [`store("a", "x".repeat(17)); store("b", "x".repeat(17))`, null],
    [
      `store("a", "x".repeat(17)); store("b", "x".repeat(17)); store("c", 1)`,
      "A session stores at most 40 bytes (storedBytes).",
    ],
    [`store("a", "x".repeat(17)); store("b", "x".repeat(17)); store("a", 1); store("c", 1)`, null],
  ])("V5: %s", async (source, problem) => {
    const said = await valueOf(`${refusalOf(source)}; return null`, { limits, stored });
    expect(said && (said as string[])[0]).toEqual(problem && expect.stringContaining(problem));
  });

  test("V5: the bytes of what was stored before the cell are counted, in UTF-8", async () => {
    const before = { a: `"${"€".repeat(5)}"`, b: `"${"€".repeat(5)}"` };
    const said = (await valueOf(refusalOf(`store("c", "xx")`), { limits, stored: before })) as string[];
    expect(said[0]).toContain("storedBytes");
  });

  test("V5: what is far too long is refused before it is counted", async () => {
    const said = (await valueOf(refusalOf(`store("k", "x".repeat(10_000_000))`))) as string[];
    expect(said[0]).toContain("A value takes at most 1048576 bytes (storedValueBytes).");
  });
});
