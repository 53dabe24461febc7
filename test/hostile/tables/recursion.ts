import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/** Recurses until the stack is full, which throws a `RangeError` that the code may catch. */
const deep = (does: string, source: string, more: Partial<HostileCell> = {}): HostileCell => ({
  does,
  source,
  ends: "script_error",
  message: "Maximum call stack size exceeded",
  ...more,
});

/** Builds something deep, level by level, and lets a native function walk down. */
const nested = (does: string, build: string, walk: string, more?: Partial<HostileCell>): HostileCell =>
  deep(does, `let deep = null; for (let i = 0; i < 100_000; i++) deep = ${build}; ${walk}`, more);

/** Newer versions of V8 walk without a stack. */
const either: Partial<HostileCell> = { ends: ["finished", "script_error"], message: "" };

const cells: HostileCell[] = [
  deep("a function that calls itself", `function f() { return f() + 1 } f()`),
  deep("two functions that call each other", `const f = () => g() + 1, g = () => f() + 1; f()`),
  deep("a helper that calls back", `const f = () => text({ toJSON: f }); f()`),
  {
    does: "a tool's input that calls back",
    source: `const f = () => tools.echo({ toJSON: f }); await f()`,
  },
  deep("a getter that reads itself", `({ get a() { return this.a + 1 } }).a`),
  deep("a setter that sets itself", `({ set a(x) { this.a = x; x } }).a = 1`),
  deep("a constructor that constructs itself", `class A { constructor() { this.a = new A() } } new A()`),
  deep("a class that extends what it makes", `const f = () => class extends f() {}; f()`),
  deep("a toString that converts itself", `const o = { toString() { return "" + o } }; "" + o`),
  deep("a valueOf that adds itself", `const o = { valueOf: () => o + 1 }; o + 1`),
  deep("a default argument that calls its function", `const f = (a = f() + 1) => a; f()`),
  deep("a generator that delegates to itself", `function* g() { yield* g() } g().next()`),
  deep("an iterator that iterates itself", `const o = { [Symbol.iterator]() { return [...o] } }; [...o]`),
  deep("a tag that calls itself", "const f = () => f`${f``}`; f()"),
  deep("a sort in its own comparison", `const f = () => [2, 1].sort(f)[0]; f()`),
  deep("a replacement that replaces", `const f = () => "x".replace(/x/, f) + 1; f()`),
  deep("a reviver that parses", `const f = () => JSON.parse("[1]", f) + 1; f()`),
  deep("evaluated text that evaluates", `globalThis.f = () => (0, eval)("f() + 1"); f()`),
  deep("a proxy whose trap asks the proxy", `const p = new Proxy({}, { get: (_, name) => p[name] + 1 }); p.a`),
  deep("a proxy that is its own prototype", `const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.a`),
  deep(
    "a proxy whose prototype has it as prototype",
    `const p = new Proxy(Object.create(null), {}), o = Object.create(p); Object.setPrototypeOf(p, o); o.a`,
  ),
  deep("an apply of apply", `const f = (...all) => Reflect.apply(f, null, all); f(1)`),
  {
    does: "a bound function of a bound function, 100,000 times",
    source: `let f = () => 1; for (let i = 0; i < 100_000; i++) f = f.bind(null); return f()`,
    ends: ["finished", "script_error"],
  },
  deep("a chain of proxies", `let p = {}; for (let i = 0; i < 100_000; i++) p = new Proxy(p, {}); p.a`),
  deep("spread arguments, more than the stack holds", `Math.max(...Array(1e7).fill(1))`),
  deep("a regular expression that is nested", `new RegExp("(".repeat(1e6) + ")".repeat(1e6))`, {
    message: "Invalid regular expression",
  }),
  nested("JSON of nested arrays", `[deep]`, `JSON.stringify(deep)`, either),
  nested("JSON of nested objects, put out", `{ deep }`, `text(deep)`, either),
  nested("JSON of nested objects, stored", `{ deep }`, `store("k", deep)`, { message: "nest" }),
  nested("JSON of nested objects, as a tool's input", `{ deep }`, `await tools.echo(deep)`, { message: "nest" }),
  nested("a nested array, flattened", `[deep]`, `[deep].flat(Infinity)`),
  nested("a nested array as a string", `[deep]`, `String(deep)`),
  deep("JSON text of nested arrays", `JSON.parse("[".repeat(1e6) + "]".repeat(1e6))`, either),
  {
    does: "an async function that calls itself",
    source: `const f = async () => await f(); f()`,
  },
  {
    does: "a chain of thenables",
    source: `const o = { then(done) { done(o) } }; text("in"); await o`,
    texts: ["in"],
    terminate: true,
  },
  {
    does: "errors that are each other's cause, 100,000 deep",
    source: `let e; for (let i = 0; i < 100_000; i++) e = new Error("x", { cause: e }); throw e`,
    ends: "script_error",
    message: "x",
  },
  {
    does: "a promise that waits for itself",
    source: `const p = Promise.resolve().then(() => p); await p`,
    ends: "script_error",
    message: "Chaining cycle",
  },
  {
    does: "a full stack, caught on every level",
    source: `const f = () => { try { f() } catch { text("full"); exit() } }; f()`,
    texts: ["full"],
  },
];

export const recursion: HostileTable = {
  title: "Deep recursion",
  claim: "B1: a full stack is an error of the cell",
  cells,
};
