import type { HostileCell, HostileTable } from "../hostile-cell.ts";

const endless = (does: string, source: string): HostileCell => ({
  does,
  source: `text("in"); ${source}`,
  terminate: true,
  texts: ["in"],
});

/** A native function that V8 does not interrupt: the process goes with the cell, and others with it (rule C12). */
const native = (does: string, source: string, costsProcess: "yes" | "perhaps" = "yes"): HostileCell => ({
  ...endless(does, source),
  costsProcess,
});

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
  endless("an async generator", `for await (const x of (async function* () { for (;;) yield 1 })());`),
  endless("labels and switches", `outer: for (;;) switch (1) { case 1: continue outer }`),
  endless("a class that is never done", `class A { static { for (;;); } }`),
  endless("a wait for a date", `while (Date.now() < Infinity);`),
  endless(
    "a filter of an endless iterator",
    `[...Iterator.from({ next: () => ({ value: 1, done: false }) }).filter(() => false)]`,
  ),
  endless("a proxy's keys", `Object.keys(new Proxy({}, { ownKeys() { for (;;); } }))`),
  endless("a conversion to a primitive", `+{ [Symbol.toPrimitive]() { for (;;); } }`),
  endless(
    "a species",
    `class A extends Array { static get [Symbol.species]() { for (;;); } } new A(1, 2).map((x) => x)`,
  ),
  endless("a replacement", `"x".replace(/x/, () => { for (;;); })`),
  endless("a regular expression of long text, again and again", `const s = "a".repeat(1e5); for (;;) /a+b/.test(s)`),
  endless("a regular expression with a back reference", `/^(.*)*\\1$x/.test("ab".repeat(30))`),
  endless("a search for what is not there", `const s = "a".repeat(1e6), b = "b".repeat(1000); for (;;) s.indexOf(b)`),
  endless("formats of dates", `for (;;) new Date().toLocaleString("de")`),
  endless("comparisons of texts by language", `const s = "ä".repeat(1e4); for (;;) s.localeCompare(s + "b", "de")`),
  endless("sorts of typed arrays", `const a = new Float64Array(1e5).map(Math.random); for (;;) a.toSorted()`),
  endless("evaluated text, again and again", `for (let i = 0; ; i++) (0, eval)("1 + " + i)`),
  endless("an import that fails, again and again", `for (;;) await import("x").catch(() => {})`),
  endless("a wait beside endless microtasks", `(async () => { for (;;) await null })(); await new Promise(() => {})`),
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
  native(
    "a search from the end of an array without end",
    `Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)`,
  ),
  native(
    "a callback of an array without end that is compiled, and as a leaf asks for no interrupt",
    `Array.prototype.every.call({ length: 2 ** 53 - 1 }, () => true)`,
    "perhaps",
  ),
  native("a reversal of an array without end", `Array.prototype.reverse.call({ length: 2 ** 53 - 1 })`),
  native("a copy within an array without end", `Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)`),
  native(
    "a sort of millions without a comparison",
    `const a = Array.from({ length: 2e6 }, (_, i) => (i * 7919) % 2_000_003); for (;;) a.toSorted()`,
    "perhaps",
  ),
  // V8 looks for an interrupt every few thousand rounds of a loop that it has not compiled.
  native(
    "normal forms, of which each takes a millisecond",
    `const s = "é".repeat(1e5); for (;;) s.normalize("NFD")`,
    "perhaps",
  ),
  native(
    "JSON texts, of which each takes a millisecond",
    `const json = JSON.stringify(Array(1e5).fill(1)); for (;;) JSON.parse(json)`,
    "perhaps",
  ),
  native(
    "a replacement in a hundred million characters",
    `const s = "ab".repeat(5e7); for (;;) s.replaceAll("a", "c")`,
    "perhaps",
  ),
  native("the digits of a long number", `let n = 7n ** 3_000_000n; for (;;) n.toString()`, "perhaps"),
  native("big integers", `let n = 3n ** 1_000_000n; for (;;) n = n * n`),
  native(
    "a native function in a timer",
    `setTimeout(() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)); await new Promise(() => {})`,
  ),
];

export const endlessCode: HostileTable = { title: "Endless code", claim: "C12: nothing resists `terminate`", cells };
