import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/** Throws something at its top level. */
const throws = (does: string, thrown: string, message: string): HostileCell => ({
  does,
  source: `text("in"); throw ${thrown}`,
  ends: "script_error",
  texts: ["in"],
  message,
});

/** Fails in another way. */
const fails = (does: string, source: string, message: string): HostileCell => ({
  ...throws(does, "", message),
  source: `text("in"); ${source}`,
});

const cells: HostileCell[] = [
  throws("undefined", `undefined`, "undefined"),
  throws("null", `null`, "null"),
  throws("a number that is none", `NaN`, "NaN"),
  throws("a big integer", `10n ** 30n`, "1000000000000000000000000000000"),
  throws("a symbol", `Symbol("s")`, "s"),
  throws("the empty string", `""`, ""),
  throws("lone surrogates", `"\\ud800 x \\udfff"`, "\ufffd x \ufffd"),
  throws("control characters and line ends", `"\\0\\u2028\\n    at cell.js:1:1"`, "\0"),
  throws("a function", `() => 1`, "() => 1"),
  throws("a class", `class A {}`, "class A"),
  throws("an object", `{ a: 1 }`, ""),
  throws("an object without a prototype", `Object.create(null)`, ""),
  throws("an array of itself", `(() => { const a = []; a.push(a); return a })()`, ""),
  throws("a frozen error", `Object.freeze(new Error("frozen"))`, "frozen"),
  throws(
    "an error of which everything throws",
    `Object.defineProperties(new Error("x"), Object.fromEntries(["stack", "message", "name", "cause", "toString"].map((key) => [key, { get() { throw new Error("again") } }])))`,
    "",
  ),
  throws(
    "an object whose conversions throw",
    `{ toString() { throw this }, valueOf() { throw this }, [Symbol.toPrimitive]() { throw this } }`,
    "",
  ),
  throws("a stack that is an object", `{ stack: { toString: () => "never" } }`, ""),
  throws("a stack that is a proxy", `{ stack: new Proxy(() => 1, { get() { throw 1 }, apply() { throw 2 } }) }`, ""),
  throws("a stack of sixteen million characters", `{ stack: "x".repeat(2 ** 24) }`, "xxx"),
  throws("a stack with a line for every byte", `{ stack: "\\n".repeat(1e6) }`, ""),
  throws("a stack with a million places", `{ stack: "x" + "\\n    at cell.js:1:1".repeat(1e5) }`, "x"),
  throws("a proxy without traps", `new Proxy(new Error("behind"), {})`, ""),
  throws("a proxy whose traps throw", `new Proxy({}, new Proxy({}, { get() { throw new Error("trap") } }))`, ""),
  throws(
    "a proxy that was revoked",
    `(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()`,
    "",
  ),
  throws(
    "a function's proxy that was revoked",
    `(() => { const { proxy, revoke } = Proxy.revocable(() => 1, {}); revoke(); return proxy })()`,
    "",
  ),
  throws("the global object", `globalThis`, ""),
  throws("a helper", `text`, "text"),
  throws("the tools", `tools`, ""),
  throws("a promise that is rejected", `Promise.reject(new Error("inner"))`, ""),
  throws("a thenable", `{ then() { text("never") } }`, ""),
  throws("a generator", `(function* () {})()`, ""),
  throws("a date that is none", `new Date(NaN)`, "Invalid Date"),
  throws("a regular expression", `/x/g`, "/x/g"),
  throws("a typed array of a million", `new Uint8Array(1e6)`, "0,0,0"),
  throws(
    "an aggregate of 100,000 errors",
    `new AggregateError(Array.from({ length: 1e5 }, () => new Error("one")), "many")`,
    "many",
  ),
  throws("an error whose cause is itself", `(() => { const e = new Error("ring"); e.cause = e; return e })()`, "ring"),
  throws(
    "an error whose class lies about itself",
    `new (class extends Error { get name() { return { toString: () => "never" } } static [Symbol.hasInstance]() { throw 1 } })("lies")`,
    "",
  ),
  throws(
    "an error that claims to be of the gateway",
    `Object.assign(new Error("mine"), { code: "executor_lost", limit: "heapBytes" })`,
    "mine",
  ),
  throws(
    "an error with the message of the memory limit",
    `new RangeError("Array buffer allocation was mine")`,
    "was mine",
  ),
  throws("an error with a place in another file", `{ stack: "Error: x\\n    at file:///etc/passwd:1:1" }`, "Error: x"),
  fails("in a rejection of nothing", `await Promise.reject()`, "undefined"),
  fails("in a timer", `setTimeout(() => { throw null }); await new Promise(() => {})`, "null"),
  fails("in a getter of what is returned to a helper", `text({ get a() { throw undefined } })`, "undefined"),
  fails(
    "in an async generator's return",
    `async function* g() { try { yield 1 } finally { throw new Error("late") } } for await (const x of g()) break`,
    "late",
  ),
  fails(
    "in a disposer, on top of another",
    `{ using a = { [Symbol.dispose]() { throw new Error("second") } }; throw new Error("first") }`,
    "",
  ),
  fails("in a static block", `class A { static { throw new Error("static") } }`, "static"),
  fails("in a finally, over a return", `try { return 1 } finally { throw new Error("over") }`, "over"),
  fails("in a then that is awaited", `await { then() { throw new Error("then") } }`, "then"),
  fails(
    "in what prepares its stack",
    `Error.prepareStackTrace = () => { throw new Error("prepared") }; throw new Error("first")`,
    "",
  ),
  fails(
    "with a stack that is prepared as a revoked proxy",
    `Error.prepareStackTrace = () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy }; throw new Error("x")`,
    "",
  ),
  fails("with no trace at all", `Error.stackTraceLimit = 0; throw new Error("bare")`, "bare"),
  fails(
    "with a trace without end",
    `Error.stackTraceLimit = Infinity; const f = (n) => { if (n > 0) f(n - 1); else throw new Error("far") }; f(5_000)`,
    "far",
  ),
  {
    does: "in a promise that nobody awaits",
    source: `Promise.reject(new Proxy({}, { get() { throw 1 } })); return 1`,
    texts: ["1"],
  },
  {
    does: "a null, without a single error that is caught",
    source: `for (const thrown of [undefined, null, Symbol(), new Proxy(() => 1, {})]) try { throw thrown } catch {} return 1`,
    texts: ["1"],
  },
];

export const exoticThrows: HostileTable = {
  title: "Exotic throws",
  claim: "J10: whatever is thrown is an error of the cell, told as text",
  cells,
};
