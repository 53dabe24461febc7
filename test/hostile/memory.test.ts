import { describe } from "vitest";
import { type HostileCell, testHostile } from "./arena.ts";

/** Grows until it is stopped, in a way that the heap's limit counts. */
const grows = (does: string, source: string, more: Partial<HostileCell> = {}): HostileCell => ({
  does,
  source: `const kept = globalThis.kept = []; text("in"); ${source}`,
  ends: "memory_limit",
  message: "heapBytes",
  texts: ["in"],
  ...more,
});

/** Goes past a bound that the cell is told of, as an error of its own. */
const refused = (does: string, source: string, message: string): HostileCell => ({
  does,
  source,
  ends: "script_error",
  message,
});

const noBuffer = (does: string, source: string): HostileCell => ({
  does,
  source,
  ends: "memory_limit",
  message: "Array buffer allocation failed",
});

const cells: HostileCell[] = [
  grows("arrays of arrays", `for (;;) kept.push(new Array(1000).fill(0))`),
  grows("one array", `for (let i = 0; ; i++) kept.push(i + 0.5)`),
  grows("objects", `for (let i = 0; ; i++) kept.push({ i, o: { i } })`),
  grows("a dictionary", `const o = {}; for (let i = 0; ; i++) o["key" + i] = i`),
  grows(
    "strings",
    `for (let i = 0; ; i++) { const s = "x".repeat(1e5) + i; s.charCodeAt(0); kept.push(s.toUpperCase()) }`,
  ),
  grows("short strings", `for (let i = 0; ; i++) kept.push("text " + i + "!")`),
  grows("a Map", `const map = new Map(); for (let i = 0; ; i++) map.set(i, [i])`),
  grows("a Set", `const set = new Set(); for (let i = 0; ; i++) set.add("k" + i)`),
  grows("a WeakMap", `const map = new WeakMap(); for (;;) { const k = {}; kept.push(k); map.set(k, [1]) }`),
  grows("registered symbols", `for (let i = 0; ; i++) Symbol.for("symbol " + i)`),
  grows("closures", `for (let i = 0; ; i++) kept.push(() => i)`),
  grows("promises", `for (;;) kept.push(new Promise(() => {}))`),
  grows("a chain of promises", `let p = Promise.resolve(); for (;;) p = p.then(() => kept)`),
  grows(
    "async functions that wait",
    `const f = async (x) => { await new Promise(() => {}); return x }; for (;;) kept.push(f([1]))`,
  ),
  grows(
    "microtasks",
    `const f = () => { Promise.resolve().then(f); Promise.resolve().then(f) }; f(); await new Promise(() => {})`,
  ),
  grows("generators", `function* g(x) { yield x } for (;;) { const i = g([1]); i.next(); kept.push(i) }`),
  grows("big integers", `for (let i = 1n; ; i++) kept.push(i << 10_000n)`),
  grows("regular expressions", `for (let i = 0; ; i++) kept.push(new RegExp("a{" + (i % 1000) + "}(b|c)*" + i))`),
  grows("errors with stacks", `for (;;) kept.push(new Error("x"))`),
  grows("iterators", `for (;;) kept.push([1, 2, 3].entries(), new Map([[1, 1]]).values())`),
  grows("weak references", `for (;;) { const o = {}; kept.push(o, new WeakRef(o)) }`),
  grows("a spread of a string", `kept.push([..."x".repeat(5e8)])`),
  grows("an array of a given length, filled", `for (;;) kept.push(new Array(1e6).fill(kept.length))`),
  grows("a flattened array", `let a = [1]; for (;;) { a = [a, a].flat(); kept.push(a) }`),
  grows("calls that wait in the cell", `for (;;) tools.echo([1]).catch(() => {})`, { answer: () => {} }),
  grows("calls with large inputs", `for (;;) { tools.echo("x".repeat(1e5)) }`, { answer: () => {} }),
  grows(
    "memory in a timer",
    `setTimeout(() => { for (;;) kept.push(new Array(1000).fill(0)) }, 1); await new Promise(() => {})`,
  ),
  grows("memory in a getter that a helper asks", `text({ get a() { for (;;) kept.push(new Array(1000).fill(0)) } })`),
  grows(
    "memory behind a catch",
    `for (;;) try { for (;;) kept.push(new Array(1000).fill(0)) } catch {} finally { kept.push({}) }`,
  ),
  grows("memory after the answer of a tool", `await tools.echo(1); for (;;) kept.push(new Array(1000).fill(0))`),
  noBuffer("typed arrays", `const kept = []; for (;;) kept.push(new Uint8Array(1e6))`),
  noBuffer("array buffers", `const kept = []; for (;;) kept.push(new ArrayBuffer(1e7))`),
  noBuffer("a typed array of 80 GB", `new Float64Array(1e10)`),
  refused("a resizable buffer", `new ArrayBuffer(8, { maxByteLength: 1e9 }).resize(1e9)`, "resize is not a function"),
  refused("shared memory", `new SharedArrayBuffer(1e9)`, "SharedArrayBuffer is not defined"),
  refused("memory of WebAssembly", `new WebAssembly.Memory({ initial: 10_000 })`, "WebAssembly is not defined"),
  refused(
    "what runs when memory is collected",
    `new FinalizationRegistry(() => {})`,
    "FinalizationRegistry is not defined",
  ),
  refused("the longest string, doubled", `let s = "x"; for (;;) s += s`, "Invalid string length"),
  refused("the longest text", `text("x".repeat(2 ** 29 - 25))`, "text expects at most 16777216 bytes (unreadBytes)"),
  refused("a text that JSON would make six times as long", `text("\\0".repeat(1e8))`, "(unreadBytes)"),
  refused("a value that is too large to store", `store("k", "x".repeat(2e7))`, "(storedValueBytes)"),
  refused("more values than are stored", `for (let i = 0; ; i++) store("k" + i, i)`, "(storedEntries)"),
  refused("a notification that is too large", `notify("x".repeat(2e6))`, "(notifyBytes)"),
  refused("an input that is too large", `await tools.echo("x".repeat(5e6))`, "(frameBytes)"),
  refused("a recursion without end", `function f() { return f() + 1 } f()`, "Maximum call stack size exceeded"),
  refused(
    "a recursion through helpers",
    `const f = () => text({ toJSON: f }); f()`,
    "Maximum call stack size exceeded",
  ),
  refused("a message without end", `throw new Error("x".repeat(1e7))`, "xxx"),
  {
    does: "array buffers, each refusal caught",
    source: `text("in"); const kept = []; for (;;) try { kept.push(new Uint8Array(1e6)) } catch {}`,
    terminate: true,
  },
  {
    does: "a string that is split into half a billion others",
    source: `"x".repeat(2 ** 29 - 25).split("")`,
    ends: ["executor_lost", "memory_limit"],
    killsProcess: true,
  },
];

/** A fourth of the default, which takes a fourth of the time. */
const HEAP_BYTES = 16 * 1024 * 1024;

describe("B1: memory beyond 16 MiB ends the cell and nothing else", () => {
  testHostile(cells, HEAP_BYTES);
});

const samples = ["arrays of arrays", "a Map", "promises", "array buffers, each refusal caught"];
const ofDefault = cells.filter(({ does }) => samples.includes(does));
describe("B1: memory beyond the default of 64 MiB ends the cell and nothing else", () => {
  testHostile(ofDefault);
});
