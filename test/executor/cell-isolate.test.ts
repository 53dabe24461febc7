import { describe, expect, test } from "vitest";
import { type Answerer, echo } from "./cell-record.ts";
import { runInIsolate, startIsolate, textsOf } from "./isolate-run.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const MiB = 1024 * 1024;

describe("the events of a cell", () => {
  test("start with `started`, keep their order, and end with `ended`, once", async () => {
    const source = `text(1); image("data:,", "low"); notify("n"); store("k", 1); yield_control(); await tools.f(2); text(3)`;
    const { events } = await runInIsolate(source, { tools: ["f"], answer: echo });
    await sleep(20);
    expect(events).toEqual([
      { type: "started" },
      { type: "content", item: { type: "text", text: "1" } },
      { type: "content", item: { type: "image", imageUrl: "data:,", detail: "low" } },
      { type: "notify", text: "n" },
      { type: "write", key: "k", json: "1" },
      { type: "yield" },
      { type: "tool_call", call: 1, tool: "f", input: "2" },
      { type: "content", item: { type: "text", text: "3" } },
      { type: "ended", end: { how: "finished" }, usage: { cpuMs: expect.any(Number), heapBytes: undefined } },
    ]);
  });

  test("keep their order over thousands, sent with and without waiting", async () => {
    const texts = await textsOf(`for (let i = 0; i < 5000; i++) text(i)`);
    expect(texts).toEqual(Array.from({ length: 5_000 }, (_, index) => `${index}`));
  });

  test("pause while the process is behind, and go on when it has caught up", async () => {
    const started = startIsolate(`for (let i = 0; i < 1000; i++) text(i)`);
    started.congested = true;
    await started.record.until(({ texts }) => texts.length >= 31);
    await sleep(30);
    expect(started.record.texts.length).toBeLessThan(100);
    started.congested = false;
    await started.record.ended;
    expect(started.record.texts).toHaveLength(1_000);
  });

  test("end while the process is behind, if the cell is terminated", async () => {
    const started = startIsolate(`for (;;) text("x".repeat(100_000))`);
    started.congested = true;
    await started.record.until(({ texts }) => texts.length > 0);
    started.isolate.terminate();
    expect(await started.record.ended).toEqual({ how: "terminated" });
    expect(started.broken).toEqual([]);
  });
});

describe("J10: the place of an error in the submitted source", () => {
  test.each<[string, number, number]>([
    [`throw new Error("x")`, 1, 7],
    [`text(1);\n\n  throw new Error("x")`, 3, 9],
    [`const f = () => null.x;\ntext(1);\nf()`, 1, 22],
    [`async function f() {\n  await 1;\n  undefined.x;\n}\nawait f()`, 3, 13],
    [`await Promise.reject(new TypeError("t"))`, 1, 22],
    [`JSON.parse("{")`, 1, 6],
    [`[1].map(() => {\n  throw new Error("inside")\n})`, 2, 9],
    [`class A { #x = 1; static f(o) { return o.#x } }\nA.f({})`, 1, 42],
    ["x\u2028.y", 1, 1],
    [`text("a");\r\nnope()`, 2, 1],
    [`// 🐴\n/* 🐴🐴 */ nope()`, 2, 12],
  ])("J10: %j", async (source, line, column) => {
    const { how, error } = await runInIsolate(source);
    expect([how, error?.line, error?.column]).toEqual(["script_error", line, column]);
    expect(error?.frame).toContain(`> ${line} | `);
  });

  test("J10: a stack has the cell's frames and no others", async () => {
    const source = `function outer() { [1].forEach(function inner() { text({ toJSON() { throw new Error("deep") } }) }) }\nouter()`;
    const { error } = await runInIsolate(source);
    expect(error?.message).toBe(
      [
        "Error: deep",
        "    at Object.toJSON (cell.js:1:75)",
        "    at stringify (<anonymous>)",
        "    at inner (cell.js:1:51)",
        "    at Array.forEach (<anonymous>)",
        "    at outer (cell.js:1:24)",
        "    at cell.js:2:1",
      ].join("\n"),
    );
  });

  test("J10: an error keeps the content and the writes before it", async () => {
    const { events } = await runInIsolate(`text("kept"); store("k", 1); throw 1`);
    expect(events.map(({ type }) => type)).toEqual(["started", "content", "write", "ended"]);
  });
});

describe("J10: a source that does not parse", () => {
  test.each<[string, string, number, number]>([
    [`const x = 1;\nfoo(;`, "SyntaxError: Unexpected token ';'", 2, 5],
    [`foo(`, "SyntaxError: Unexpected end of input", 1, 5],
    [`if (x) {\n  y()\n`, "SyntaxError: Unexpected end of input", 3, 1],
    [`return 1; foo(;`, "SyntaxError: Unexpected token ';'", 1, 15],
    [`let a; let a`, "SyntaxError: Identifier 'a' has already been declared", 1, 12],
    [`for (const x of y) break z`, "SyntaxError: Undefined label 'z'", 1, 26],
    [`import x from "y"`, "SyntaxError: Cannot use import statement outside a module", 1, 1],
    [`export const a = 1`, "SyntaxError: Unexpected token 'export'", 1, 1],
    [`text(import.meta)`, "SyntaxError: Cannot use 'import.meta' outside a module", 1, 13],
    [`new.target`, "SyntaxError: new.target expression is not allowed here", 1, 5],
    [`super.x`, "SyntaxError: 'super' keyword unexpected here", 1, 1],
    ["`unclosed", "SyntaxError: Unexpected end of input", 1, 10],
    [`"unclosed`, "SyntaxError: Invalid or unexpected token", 1, 1],
    [`/* unclosed`, "SyntaxError: Invalid or unexpected token", 1, 1],
    [`#!/usr/bin/env node\n1`, "SyntaxError: Invalid or unexpected token", 1, 1],
    [`const s: string = "typed"`, "SyntaxError: Missing initializer in const declaration", 1, 7],
    [`}`, "SyntaxError: Unexpected token '}'", 1, 1],
    [`delete x`, "SyntaxError: Delete of an unqualified identifier in strict mode.", 1, 8],
  ])("J10: %j has its place, too", async (source, message, line, column) => {
    const { how, error, events } = await runInIsolate(source);
    expect([how, error?.message, error?.line, error?.column]).toEqual(["syntax_error", message, line, column]);
    expect(events.map(({ type }) => type)).toEqual(["started", "ended"]);
  });

  test("J10: one that is nested too deep for the parser is told as such, without a word of this machine", async () => {
    const { how, error } = await runInIsolate(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    expect(how).toBe("syntax_error");
    expect(error?.message).toBe("RangeError: Maximum call stack size exceeded");
  });

  test.each([
    `// a comment at the end`,
    `text(1) // comment`,
    `<!-- a comment of old`,
    ``,
    `;`,
    `"use strict"`,
    `debugger`,
  ])("%j does parse", async (source) => {
    expect((await runInIsolate(source)).how).toBe("finished");
  });
});

describe("C11: terminate", () => {
  test.each([
    ["a cell that waits", `await new Promise(() => {})`],
    ["an endless loop", `while (true) {}`],
    ["an endless chain of microtasks", `for (;;) await null`],
    ["a catastrophic regular expression", `/(a+)+$/.test("a".repeat(40) + "b")`],
    ["a flood of output", `for (;;) text("x")`],
    ["a loop in a finally", `try { throw 1 } finally { for (;;); }`],
    ["a loop in a getter asked by a helper", `text({ get a() { for (;;); } })`],
  ])("C11, C12: %s is gone within 250 ms", async (_, loop) => {
    const { record, isolate, broken } = startIsolate(`text("up"); ${loop}`);
    await record.until(({ texts }) => texts.length > 0);
    const at = performance.now();
    isolate.terminate();
    isolate.terminate();
    expect(await record.ended).toEqual({ how: "terminated" });
    expect(performance.now() - at).toBeLessThan(250);
    expect(broken).toEqual([]);
    await sleep(5);
    expect(record.events.filter(({ type }) => type === "ended")).toHaveLength(1);
    isolate.answer(1, { ok: true });
  });

  test("B1: answers that a cell does not read are memory of it, and those that it has read are not", async () => {
    const json = JSON.stringify("x".repeat(3 * MiB));
    const limits = { heapBytes: 8 * MiB };
    const reads = `for (let i = 0; i < 6; i++) await tools.t(i); text("read")`;
    const answer: Answerer = (_, answerWith) => answerWith({ ok: true, json });
    expect(await runInIsolate(reads, { tools: ["t"], answer, limits })).toMatchObject({
      how: "finished",
      texts: ["read"],
    });

    const loops = `for (let i = 0; i < 3; i++) tools.t(i).catch(() => {}); for (;;);`;
    const { record, isolate } = startIsolate(loops, { tools: ["t"], limits });
    await record.until(({ events }) => events.filter(({ type }) => type === "tool_call").length === 3);
    isolate.answer(1, { ok: true, json });
    isolate.answer(2, { ok: true, json });
    expect(record.events.at(-1)?.type).toBe("tool_call");
    isolate.answer(3, { ok: true, json });
    expect(await record.ended).toMatchObject({ how: "failed", error: { code: "memory_limit", limit: "heapBytes" } });
  });

  test("C11: a cell that was terminated before its first statement ends as terminated", async () => {
    const { record, isolate } = startIsolate(`text("x")`);
    isolate.terminate();
    expect(await record.ended).toEqual({ how: "terminated" });
  });

  test("C11: after its end a cell cannot be terminated any more", async () => {
    const { record, isolate } = startIsolate(`text("x")`);
    await record.ended;
    isolate.terminate();
    isolate.answer(1, { ok: true });
    await sleep(20);
    expect(record.events.filter(({ type }) => type === "ended")).toHaveLength(1);
  });
});
