import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, hold, textsOf } from "./cell-turn.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

async function run(source: string) {
  const turn = await sdkTurn(gateway(), { tools: { hold: { ...hold, run: () => "answered" } } });
  const outcome = await turn.run(source);
  return { turn, outcome, texts: textsOf(outcome.content), error: outcome.error };
}

describe("J1: the program", () => {
  test("has a fresh context: nothing is left of earlier cells but what they stored", async () => {
    const { turn } = await run(`
      globalThis.left = 1; Object.prototype.left = 1; Array.prototype.push = null; text.left = 1; tools.hold.left = 1;
      globalThis.text = null; Promise.left = Math.left = 1; store("k", "stored");
    `);
    const outcome = await turn.run(`
      for (const object of [globalThis, {}, text, tools.hold, Promise, Math]) text(typeof object.left);
      text(typeof [].push); text(load("k"));
    `);
    expect(textsOf(outcome.content)).toEqual([...Array<string>(6).fill("undefined"), "function", "stored"]);
  });

  test("is strict", async () => {
    const { texts } = await run(`${ATTEMPT}
      attempt(() => { undeclared = 1 });
      attempt(() => { Object.freeze([]).push(1) });
      attempt(() => { (function () { text(String(this)) })() });
      attempt(() => { "text".length = 1 });
    `);
    expect(texts).toEqual([
      "ReferenceError: undeclared is not defined",
      "TypeError: Cannot add property 0, object is not extensible",
      "undefined",
      "done",
      expect.stringMatching(/^TypeError: Cannot assign to read only property 'length'/),
    ]);
    for (const source of ["with ({}) {}", "var a = 010", "delete text", "let eval = 1"]) {
      expect((await run(source)).error?.code).toBe("syntax_error");
    }
  });

  test("awaits at its top level, in every form", async () => {
    const { texts } = await run(`
      text(await 1); text(await Promise.resolve(2)); text(await { then: (resolve) => resolve(3) });
      for await (const value of [4, Promise.resolve(5)]) text(value);
      text(await tools.hold());
      const { a = await 6 } = {}; text(a);
      await using resource = { async [Symbol.asyncDispose]() { text("disposed") } };
    `);
    expect(texts).toEqual(["1", "2", "3", "4", "5", "answered", "6", "disposed"]);
  });

  test.for([
    ["nothing", `return; text(1)`, []],
    ["undefined", `return undefined`, []],
    ["a promise of nothing", `return Promise.resolve()`, []],
    ["a string", `text(1); return "last"; text(2)`, ["1", "last"]],
    ["an empty string", `return ""`, [""]],
    ["null", `return null`, ["null"]],
    ["a value", `return { a: [1, "b"] }`, ['{"a":[1,"b"]}']],
    ["a promise", `return tools.hold()`, ["answered"]],
    ["a function", `return () => 1`, ["() => 1"]],
    [
      "a value from inside a loop",
      `for (const n of [1, 2]) { try { return n } finally { text("finally") } }`,
      ["finally", "1"],
    ],
  ] as const)("may return %s, which is put out as if by text", async ([, source, expected]) => {
    const { texts, error } = await run(source);
    expect(texts).toEqual(expected);
    expect(error).toBeUndefined();
  });

  test("fails where text would fail with what it returns", async () => {
    const { error } = await run(`const a = {}; a.a = a; return a`);
    expect(error).toMatchObject({ code: "script_error", message: expect.stringContaining("Converting circular") });
  });

  test.for([
    ["a comment at the end", `text(1) // and`],
    ["a comment that looks like markup", `text(1) <!-- and`],
    ["an open block comment's end", `text(1) /* and */`],
    ["CRLF", `text(\r\n1\r\n)\r\n`],
    ["a byte order mark", `\ufefftext(1)`],
    ["a semicolon that is left out", `text(1)\n;[2].forEach(() => {})`],
    ["a directive of its own", `"use strict"; text(1)`],
    ["a template", "text(`${1}`)"],
    ["code that looks like the way in", `text(1); const $run = 2`],
  ] as const)("may have %s", async ([, source]) => {
    const { texts, error } = await run(source);
    expect(error).toBeUndefined();
    expect(texts).toEqual(["1"]);
  });

  test.for([
    `}); text("outside"); (async () => {`,
    `return 1; }); text("outside"); (async () => {`,
    `} ) ; for (;;); ( async ( ) => {`,
    `}, 0, () => { text("outside")`,
    `}; text("outside"); {`,
    `*/ text("outside")`,
    `import fs from "node:fs"`,
    `export const a = 1`,
  ])("cannot close what stands around it: %s", async (source) => {
    const { texts, error } = await run(source);
    expect(texts).toEqual([]);
    expect(error?.code).toBe("syntax_error");
  });
});

describe("J7: exit()", () => {
  test.for([
    ["at the top", `store("k", 1); text("a"); exit(); text("b")`],
    [
      "past catch and finally",
      `text("a"); store("k", 1); try { exit() } catch { text("b") } finally { text("c"); store("k", 2) }`,
    ],
    ["from a function", `const f = () => { store("k", 1); text("a"); exit() }; f(); text("b")`],
    ["from a timer", `store("k", 1); setTimeout(() => { text("a"); exit() }); await new Promise(() => {}); text("b")`],
    [
      "from a promise that nobody awaits",
      `store("k", 1); (async () => { await 0; text("a"); exit() })(); await tools.hold(); text("b")`,
    ],
    ["from a toJSON", `store("k", 1); text("a"); text({ toJSON() { exit() } }); text("b")`],
    ["from a sort", `store("k", 1); text("a"); [2, 1].sort(() => exit()); text("b")`],
    [
      "in a loop that swallows everything",
      `store("k", 1); text("a"); for (;;) { try { exit() } catch {} finally { continue } }`,
    ],
    ["with calls that are open", `store("k", 1); tools.hold().then(() => text("b")); text("a"); exit()`],
    ["from a getter in an awaited value", `store("k", 1); text("a"); await { get then() { exit() } }; text("b")`],
  ] as const)("ends the cell at once and as a success: %s", async ([, source]) => {
    const { turn, outcome, texts } = await run(source);
    expect(outcome.type).toBe("result");
    expect(outcome.error).toBeUndefined();
    expect(texts).toEqual(["a"]);
    expect(await turn.storedValues()).toEqual({ k: 1 });
  });
});

describe("J9: a cell is done when its top level is", () => {
  test("and what it did not await is dropped: promises, timers and calls", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`
      (async () => { await 0; await 0; await 0; await 0; for (let n = 0; n < 1e6; n++) await 0; text("promise") })();
      setTimeout(() => text("timer"), 1);
      setTimeout(() => text("later timer"), 60_000);
      tools.hold().then(() => text("call"));
      text("end");
    `);
    expect(textsOf(result.content)).toEqual(["end"]);
    expect(result.error).toBeUndefined();
    const call = await turn.next("tool_call");
    turn.release(call.callId);
    await turn.raw.settle();
    expect(turn.tagsOf("cellId", result.cellId)).toEqual(["started", "tool_call", "result"]);
  });

  test("and an endless chain of promises that it leaves behind holds up neither its end nor the next cell", async () => {
    const { turn, texts } = await run(`(async () => { for (;;) await null })(); text("end")`);
    expect(texts).toEqual(["end"]);
    expect((await turn.run(`text("next")`)).text).toBe("next");
  });

  test.for([
    ["that nobody handles", `Promise.reject(new Error("x")); await tools.hold(); text("end")`],
    ["of an async function", `(async () => { throw new Error("x") })(); await tools.hold(); text("end")`],
    ["of a call", `tools.nothing?.(); tools.hold(1n); await tools.hold(); text("end")`],
    ["handled too late", `const p = Promise.reject(1); await tools.hold(); await p.catch(() => {}); text("end")`],
    [
      "in a timer's async callback",
      `setTimeout(async () => { throw 1 }); await new Promise((f) => setTimeout(f, 20)); text("end")`,
    ],
  ] as const)("and a rejection %s does not fail it", async ([, source]) => {
    const { texts, error } = await run(source);
    expect(texts).toEqual(["end"]);
    expect(error).toBeUndefined();
  });

  test("but that of the top level does", async () => {
    const { texts, error } = await run(`text("before"); await Promise.reject(new RangeError("mine")); text("after")`);
    expect(texts).toEqual(["before"]);
    expect(error).toMatchObject({ code: "script_error", message: expect.stringMatching(/^RangeError: mine/) });
  });
});
