import { describe } from "vitest";
import { type HostileCell, testHostile } from "./arena.ts";

const endless = (does: string, source: string): HostileCell => ({
  does,
  source: `text("in"); ${source}`,
  terminate: true,
  texts: ["in"],
});

/** A native function that V8 does not interrupt: the process goes with the cell, and others with it (rule C12). */
const native = (does: string, source: string): HostileCell => ({ ...endless(does, source), killsProcess: true });

const cells: HostileCell[] = [
  endless("a loop", `while (true) {}`),
  endless("loops within loops", `for (;;) for (let i = 0; i < 8; i++) for (let j = 0; j < 4; j++);`),
  endless("microtasks", `for (;;) await null`),
  endless("a regular expression", `/(a+)+$/.test("a".repeat(40) + "b")`),
  endless("sorts", `const a = Array.from({ length: 1e6 }, Math.random); for (;;) a.sort(() => Math.random() - 0.5)`),
  endless("a getter that a helper asks", `text({ get a() { for (;;); } })`),
  endless("a proxy that a tool call asks", `await tools.echo(new Proxy({}, { ownKeys() { for (;;); } }))`),
  endless("a toString that text asks", `text({ toJSON() {}, toString() { for (;;); } })`),
  endless("the stack of what was thrown", `throw { get stack() { for (;;); } }`),
  endless("a stack that is prepared", `Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")`),
  endless(
    "a stack that is prepared for a refused call",
    `Error.prepareStackTrace = () => { for (;;); }; await tools.bad()`,
  ),
  endless("a thenable", `await { then() { for (;;); } }`),
  endless("a then on all objects", `Object.prototype.then = () => { for (;;); }; return {}`),
  endless("a timer", `setTimeout(() => { for (;;); }); await new Promise(() => {})`),
  endless("a finally", `try { throw 1 } finally { for (;;); }`),
  endless("a catch of everything", `for (;;) try { for (;;); } catch {} finally { continue }`),
  endless("generators", `function* g() { for (;;) yield 1 } for (const x of g());`),
  endless("an iterator that is spread", `[...{ [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }].length`),
  endless("JSON with a reviver", `for (;;) JSON.parse("[1,2,3]", (key, value) => value)`),
  endless("evaluated text", `new Function("for (;;);")()`),
  endless("a recursion that is caught", `const f = () => { try { f() } finally { f() } }; f()`),
  endless("a wait for nothing", `await new Promise(() => {})`),
  endless("a wait for a tool that does not answer", `await tools.silent?.(1); await new Promise(() => {})`),
  {
    ...endless("a stack that is prepared for code that left its function", ""),
    source: `}, Error.prepareStackTrace = () => { for (;;); }, async()=>{`,
    texts: [],
  },
  {
    ...endless("the name of an error of code that left its function", ""),
    source: `}, Object.defineProperty(SyntaxError.prototype, "name", { get() { for (;;); } }), async()=>{`,
    texts: [],
  },
  {
    ...endless("a microtask of code that left its function", ""),
    source: `}, Promise.resolve().then(() => { for (;;); }), (() => { throw 1 })(), async()=>{`,
    texts: [],
  },
  {
    does: "an error of code that left its function, and a rejection whose stack is asked for later",
    source: `}, Promise.reject(Object.defineProperty(new Error("x"), "stack", { get() { for (;;); } })), (() => { throw 1 })(), async()=>{`,
    ends: "syntax_error",
    texts: [],
  },
  native("a search in an array without end", `Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`),
  native("a fill of an array without end", `Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1)`),
  native("big integers", `let n = 3n ** 1_000_000n; for (;;) n = n * n`),
  native(
    "a native function in a timer",
    `setTimeout(() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)); await new Promise(() => {})`,
  ),
];

describe("C12: nothing resists terminate", () => {
  testHostile(cells);
});
