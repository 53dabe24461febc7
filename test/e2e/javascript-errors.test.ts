import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { hold, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

async function fail(source: string) {
  const turn = await sdkTurn(gateway(), { tools: { hold: { ...hold, run: () => "answered" } } });
  const outcome = await turn.run(source);
  expect(outcome.type).toBe("result");
  const { error } = outcome;
  if (!error) throw new Error("expected an error");
  // Nothing of this machine, and nothing of what stands around the code.
  expect(JSON.stringify(error)).not.toMatch(/prelude|isolated-vm|file:|\/work|node:|\$run|:-\d/);
  return { error, texts: textsOf(outcome.content) };
}

describe("J10: the error of a cell that threw", () => {
  test.for([
    ["on its first line", `throw new Error("x")`, 1, 7],
    ["after text on the line", `text("é😀"); throw new Error("x")`, 1, 20],
    ["on a later line", `text(1);\n\n   throw new Error("x");`, 3, 10],
    ["after CRLF", `text(1);\r\nthrow new Error("x");`, 2, 7],
    ["after other ends of lines", `text(1);\u2028text(2);\u2029throw new Error("x");`, 3, 7],
    ["in a function", `function f() {\n  throw new Error("x");\n}\nf();`, 2, 9],
    ["by the engine", `const a = {};\na.b.c();`, 2, 5],
    ["after an await", `await tools.hold();\nawait 0;\nthrow new Error("x");`, 3, 7],
    [
      "in an async function",
      `const f = async () => {\n  await tools.hold();\n  throw new Error("x");\n};\nawait f();`,
      3,
      9,
    ],
    ["in a callback of a built-in", `[1].map(() => {\n  throw new Error("x");\n});`, 2, 9],
    ["in what a helper calls", `text({\n  toJSON() {\n    throw new Error("x");\n  },\n});`, 3, 11],
    ["by a helper", `text(1);\n  store("k");`, 2, 3],
    ["where it was made", `const error = new Error("x");\n\nthrow error;`, 1, 15],
    ["in a class", `class A {\n  static #a = A.b();\n  static b() { throw new Error("x") }\n}`, 3, 22],
    [
      "deep in a stack",
      `const f = (n) => {\n  if (n === 0) throw new Error("x");\n  return f(n - 1);\n};\nf(50);`,
      2,
      22,
    ],
    ["in a sub-class of Error", `class Mine extends Error {}\nthrow new Mine("x");`, 2, 7],
  ] as const)("tells the place %s", async ([, source, line, column]) => {
    const { error } = await fail(source);
    expect(error).toMatchObject({ code: "script_error", line, column });
    expect(error.message).toMatch(/^\w*(Error|Mine)?: .*\n    at /);
    expect(error.frame).toContain(`> ${line} |`);
  });

  test("has the stack as its message, with the lines of the cell alone", async () => {
    const { error } = await fail(
      `function inner() { throw new TypeError("bad") }\nfunction outer() { inner() }\nouter();`,
    );
    expect(error.message).toBe(
      "TypeError: bad\n    at inner (cell.js:1:26)\n    at outer (cell.js:2:20)\n    at cell.js:3:1",
    );
  });

  test("shows the lines around the place", async () => {
    const { error } = await fail(`// 1\n// 2\n// 3\n  throw new Error("x"); // 4\n// 5\n// 6\n// 7`);
    expect(error.frame).toBe(
      [
        "  2 | // 2",
        "  3 | // 3",
        `> 4 |   throw new Error("x"); // 4`,
        "    |         ^",
        "  5 | // 5",
        "  6 | // 6",
      ].join("\n"),
    );
  });

  test("shows of a very long line the part around the place", async () => {
    const { error } = await fail(
      `const a = "${"x".repeat(5_000)}"; throw new Error("x"); const b = "${"y".repeat(5_000)}"`,
    );
    expect(error).toMatchObject({ line: 1, column: 5_021 });
    expect(error.frame?.length).toBeLessThan(500);
    const [shown, caret] = error.frame!.split("\n");
    expect(shown!.slice(caret!.indexOf("^"))).toMatch(/^new Error/);
  });

  test("comes with the content that the cell had put out", async () => {
    const { texts } = await fail(`text("a"); image("data:,x"); text("b"); throw new Error("x")`);
    expect(texts).toEqual(["a", "data:,x", "b"]);
  });

  test("is the same from a finally, and that of the last throw", async () => {
    const { error, texts } = await fail(
      `try { throw new Error("first") } finally { text("finally"); throw new Error("last") }`,
    );
    expect(texts).toEqual(["finally"]);
    expect(error.message).toMatch(/^Error: last\n/);
  });
});

describe("J10: a thrown value without a stack has no place", () => {
  test.for([
    ["a string", `throw "just text"`, "just text"],
    ["an empty string", `throw ""`, ""],
    ["a number", `throw -0.5`, "-0.5"],
    ["undefined", `throw undefined`, "undefined"],
    ["null", `await Promise.reject(null)`, "null"],
    ["a symbol", `throw Symbol("s")`, "Symbol(s)"],
    ["an object", `throw { a: 1 }`, "[object Object]"],
    ["an object with a text", `throw { toString: () => "mine" }`, "mine"],
    ["an object without one", `throw Object.create(null)`, "the thrown value has no string form"],
    ["an object that throws", `throw { toString() { throw 1 } }`, "the thrown value has no string form"],
    [
      "a revoked proxy",
      `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`,
      "the thrown value has no string form",
    ],
    ["a function", `throw function f() {}`, "function f() {}"],
    ["an error whose stack was taken", `const e = new Error("x"); e.stack = undefined; throw e`, "Error: x"],
    ["an error whose stack is a text", `const e = new Error("x"); e.stack = "my stack"; throw e`, "my stack"],
    ["an error without frames", `Error.stackTraceLimit = 0; throw new Error("x")`, "Error: x"],
    [
      "what looks like a place and is none",
      `throw { stack: "Error: x\\n    at cell.js:99:1" }`,
      "Error: x\n    at cell.js:99:1",
    ],
    ["a lone surrogate", `throw "\\ud800"`, "\ufffd"],
  ] as const)("%s", async ([, source, message]) => {
    const { error } = await fail(source);
    expect(error).toEqual({ code: "script_error", message });
  });

  test("and a message is cut at 16 KiB", async () => {
    for (const source of [`throw "é".repeat(1e6)`, `throw new Error("é".repeat(1e6))`]) {
      const { error } = await fail(source);
      expect(Buffer.byteLength(error.message)).toBeLessThanOrEqual(16 * 1024);
      expect(error.message.length).toBeGreaterThan(4_000);
    }
  });
});

describe("J10: a source that does not parse", () => {
  test.for([
    ["on its first line", `const a = ;`, 1, 11, "Unexpected token ';'"],
    ["on a later line", `text(1);\n\n  let x = 1, x = 2;`, 3, 14, "Identifier 'x' has already been declared"],
    ["at its end", `if (true) {\n  text(1)\n`, 3, 1, "Unexpected end of input"],
    ["in a string that is left open", `text(1);\ntext("a`, 2, 6, "Invalid or unexpected token"],
    ["in a template that is left open", "text(`a\n", 2, 1, "Unexpected end of input"],
    ["in a regular expression", `text(1);\n/(/.test("a")`, 2, 1, "Invalid regular expression"],
    ["at one brace too many", `text(1)\n}`, 2, 1, "Unexpected token '}'"],
    ["at a parenthesis too many", `text(1))`, 1, 8, "Unexpected token ')'"],
    ["where it is no JavaScript", `this is prose, and no code`, 1, 6, "Unexpected identifier 'is'"],
    ["where it is TypeScript", `const a: number = 1`, 1, 7, "Missing initializer in const declaration"],
    ["after CRLF", `text(1);\r\nconst a = ;`, 2, 11, "Unexpected token ';'"],
    ["after a return", `return 1;\nconst a = ;`, 2, 11, "Unexpected token ';'"],
    ["in sloppy code", `text(1);\nwith (Math) {}`, 2, 1, "Strict mode code may not include a with statement"],
    ["in a hashbang that is not at the start", `\n#!/usr/bin/env node`, 2, 1, "Invalid or unexpected token"],
  ] as const)("has the place of the error %s", async ([, source, line, column, problem]) => {
    const { error, texts } = await fail(source);
    expect(texts).toEqual([]);
    expect(error).toMatchObject({ code: "syntax_error", line, column });
    expect(error.message).toContain(`SyntaxError: ${problem}`);
    expect(error.frame).toContain(`> ${line} |`);
  });

  test("runs none of its code", async () => {
    const turn = await sdkTurn(gateway());
    await turn.run(`store("k", 1); text(1); const a = ;`);
    expect(await turn.storedValues()).toEqual({});
  });

  test("but a syntax error of code that it evaluates is its own", async () => {
    const { error, texts } = await fail(`text(1);\n  eval("const a = ;")`);
    expect(texts).toEqual(["1"]);
    expect(error.code).toBe("script_error");
    expect(error.message).toMatch(/^SyntaxError: Unexpected token ';'/);
  });
});
