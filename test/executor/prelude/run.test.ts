import { describe, expect, test } from "vitest";
import { runInIsolate, textsOf, valueOf } from "../isolate-run.ts";

describe("J1: the program", () => {
  test("J1: the top level may await", async () => {
    expect(await textsOf(`text(await Promise.resolve("later"))`)).toEqual(["later"]);
  });

  test("J1: code is strict", async () => {
    expect(await valueOf(`return (function () { return this === undefined; })()`)).toBe(true);
    expect((await runInIsolate("with ({}) {}")).how).toBe("syntax_error");
    expect((await runInIsolate("undeclared = 1")).error?.message).toContain("ReferenceError");
  });

  test.each<[string, string[]]>([
    [`return "last"`, ["last"]],
    [`text("first"); return { a: [1] }`, ["first", '{"a":[1]}']],
    [`return`, []],
    [`return undefined`, []],
    [`return null`, ["null"]],
    [`return 0`, ["0"]],
    [`return ""`, [""]],
    [`return Promise.resolve(7)`, ["7"]],
    [`if (true) return 1; text("never")`, ["1"]],
  ])("J1: a return at the top level ends the cell, and its value is the last text: %s", async (source, texts) => {
    expect(await textsOf(source)).toEqual(texts);
  });

  test("J1: a returned value that cannot be put out fails the cell", async () => {
    const { how, error } = await runInIsolate(`text("kept"); const o = {}; o.o = o; return o`);
    expect(how).toBe("script_error");
    expect(error?.message).toContain("Converting circular structure to JSON");
  });

  test("J1: nothing of an earlier cell is left", async () => {
    await textsOf(`globalThis.left = 1; Array.prototype.left = 2; var also = 3`);
    expect(await valueOf(`return [typeof left, typeof also, [].left === undefined]`)).toEqual([
      "undefined",
      "undefined",
      true,
    ]);
  });

  test("J1: the name that starts the code is gone before its first statement", async () => {
    expect(await valueOf(`return Object.getOwnPropertyNames(globalThis).filter((name) => name[0] === "$")`)).toEqual(
      [],
    );
  });
});

describe("J7: exit()", () => {
  test("J7: ends the cell as a success and keeps content and writes", async () => {
    const { how, events } = await runInIsolate(`text("before"); store("k", 1); exit(); text("after")`);
    expect(how).toBe("finished");
    expect(events.map(({ type }) => type)).toEqual(["started", "content", "write", "ended"]);
  });

  test("J7: ends the cell from a nearly full stack, too", async () => {
    // Each cell reaches the end of the stack with another remainder of it.
    for (let padding = 0; padding < 40; padding++) {
      const locals = Array.from({ length: padding }, (_, index) => `let v${index} = ${index};`).join("");
      const source = `function f() { ${locals} try { f(); } catch { exit(); text("never"); } } f(); text("never")`;
      const { how, texts } = await runInIsolate(source);
      expect([padding, how, texts]).toEqual([padding, "finished", []]);
    }
  });
});

describe("J9: the end of a cell", () => {
  test.each([
    ["promises", `new Promise(() => {}); (async () => { await 1; await 1; text("never"); })()`],
    ["timers", `setTimeout(() => text("never"), 1)`],
    ["calls", `tools.slow().then(() => text("never"))`],
  ])("J9: %s that were not awaited are dropped", async (_, source) => {
    const { how, texts } = await runInIsolate(source, { tools: ["slow"] });
    expect([how, texts]).toEqual(["finished", []]);
  });

  test("J9: a rejection that nobody handles does not fail the cell, whatever it rejects with", async () => {
    const source = `
      Promise.reject(new Error("floating")); Promise.reject(null); (async () => { throw undefined; })();
      for (let i = 0; i < 5; i++) { await new Promise((done) => setTimeout(done, 1)); Promise.reject(i); }
      text("fine")`;
    expect(await textsOf(source)).toEqual(["fine"]);
  });

  test("J9: a rejection of the top level itself does fail it", async () => {
    expect((await runInIsolate(`await Promise.reject(new Error("boom"))`)).how).toBe("script_error");
  });

  test("J9: many cells with a floating rejection in their first slice all finish", async () => {
    const runs = Array.from({ length: 100 }, () => textsOf(`Promise.reject(new Error("x")); text("fine")`));
    for (const texts of await Promise.all(runs)) expect(texts).toEqual(["fine"]);
  });
});

describe("J10: what is said of a thrown value", () => {
  test.each<[string, string]>([
    [`throw "text"`, "text"],
    [`throw 42`, "42"],
    [`throw 10n`, "10"],
    [`throw Symbol("s")`, "Symbol(s)"],
    [`throw null`, "null"],
    [`throw undefined`, "undefined"],
    [`throw {}`, "[object Object]"],
    [`throw { stack: "my stack" }`, "my stack"],
    [`throw { stack: "" , toString: () => "empty stack" }`, "empty stack"],
    [`throw { stack: 5, toString: () => "odd stack" }`, "odd stack"],
    [`throw Object.assign(() => 1, { stack: "of a function" })`, "of a function"],
    [`throw Object.create(null)`, "the thrown value has no string form"],
    [`throw { get stack() { throw 1; } }`, "the thrown value has no string form"],
    [`throw { toString() { throw 1; } }`, "the thrown value has no string form"],
    [`throw new Proxy({}, { get() { throw 1; } })`, "the thrown value has no string form"],
    [`throw "lone \\ud800"`, "lone \ufffd"],
    [`throw new (class Mine extends Error { name = "Mine" })("own")`, "Mine: own\n    at cell.js:1:7"],
    [`throw new TypeError("t")`, "TypeError: t\n    at cell.js:1:7"],
  ])("J10: %s", async (source, message) => {
    const { how, error } = await runInIsolate(source);
    expect(how).toBe("script_error");
    expect(error?.message).toBe(message);
  });

  test("J10: the message is cut at its limit", async () => {
    const { error } = await runInIsolate(`throw "x".repeat(1e6)`, { limits: { errorBytes: 100 } });
    expect(error?.message).toBe("x".repeat(100));
  });
});
