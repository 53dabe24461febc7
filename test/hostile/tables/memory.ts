import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/** Grows until it is stopped, in a way that the heap's limit counts. */
const grows = (does: string, source: string, more: Partial<HostileCell> = {}): HostileCell => ({
  does,
  source: `const kept = globalThis.kept = []; text("in"); ${source}`,
  ends: "memory_limit",
  message: "heapBytes",
  texts: ["in"],
  ...more,
});

/**
 * What `Intl` keeps lies outside of the heap, up to half a gigabyte a second: V8 collects it by the heap's growth alone,
 * so that what ends such a cell may be the end of its process.
 */
const intl: Partial<HostileCell> = { ends: ["memory_limit", "executor_lost"], message: "", costsProcess: "perhaps" };

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
  grows("symbols", `for (let i = 0; ; i++) kept.push(Symbol("symbol " + i))`),
  grows("proxies", `for (;;) kept.push(new Proxy({}, {}))`),
  grows("classes", `for (;;) kept.push(class { #a = 1; static b = [1] })`),
  grows("async generators", `async function* g() { yield 1 } for (;;) { const i = g(); i.next(); kept.push(i) }`),
  grows("dates", `for (;;) kept.push(new Date())`),
  grows("JSON that is parsed", `for (;;) kept.push(JSON.parse("[" + "1,".repeat(10_000) + "1]"))`),
  grows("JSON that is made", `for (let i = 0; ; i++) kept.push(JSON.stringify(Array(10_000).fill(i)))`),
  grows(
    "evaluated functions",
    `for (let i = 0; ; i++) kept.push(new Function("return [" + "1,".repeat(1000) + i + "]"))`,
  ),
  grows("matches of a regular expression", `kept.push(...["a".repeat(1e7).matchAll(/a/g)].map((all) => [...all]))`),
  grows(
    "what an endless iterator gives, in a Map",
    `let i = 0; new Map({ [Symbol.iterator]: () => ({ next: () => ({ value: [i++, i], done: false }) }) })`,
  ),
  grows(
    "what an endless iterator gives, in an array",
    `const [...all] = { [Symbol.iterator]: () => ({ next: () => ({ value: [1], done: false }) }) }`,
  ),
  grows(
    "what an endless iterator gives, in a promise",
    `await Promise.all({ [Symbol.iterator]: () => ({ next: () => ({ value: Promise.resolve([1]), done: false }) }) })`,
  ),
  grows(
    "errors with endless stacks",
    `Error.stackTraceLimit = Infinity; const f = (n) => { if (n > 0) f(n - 1); else kept.push(new Error("x")) }; for (;;) f(1000)`,
  ),
  grows("stacks that are read", `for (;;) kept.push(new Error("x" + kept.length).stack)`),
  grows(
    "unions of sets",
    `const all = new Set(Array.from({ length: 1000 }, (_, i) => i)); for (;;) kept.push(all.union(new Set([kept.length])))`,
  ),
  grows(
    "number formats",
    `for (let i = 0; ; i++) kept.push(new Intl.NumberFormat("de", { minimumFractionDigits: i % 20 }))`,
    intl,
  ),
  {
    does: "date formats, told to stop: half a gigabyte a second outside of the heap",
    source: `const kept = []; text("in"); for (;;) kept.push(new Intl.DateTimeFormat("ja-u-ca-japanese", { dateStyle: "full" }))`,
    terminate: true,
    texts: ["in"],
    costsProcess: "perhaps",
  },
  grows(
    "segmenters",
    `for (;;) kept.push(new Intl.Segmenter("th", { granularity: "word" }).segment("x".repeat(1000)))`,
    intl,
  ),
  noBuffer(
    "a buffer that is transferred to twice its length",
    `let b = new ArrayBuffer(8); for (;;) b = b.transfer(b.byteLength * 2)`,
  ),
  noBuffer("slices of a buffer", `const kept = [], b = new ArrayBuffer(1e6); for (;;) kept.push(b.slice(0))`),
  noBuffer("big integers in typed arrays", `const kept = []; for (;;) kept.push(new BigInt64Array(1e5))`),
  noBuffer("views of one buffer each", `const kept = []; for (;;) kept.push(new DataView(new ArrayBuffer(1e5)))`),
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
  refused("a resizable buffer by transfer", `new ArrayBuffer(8).transfer(8).resize(1e9)`, "resize is not a function"),
  refused("a big integer of a billion bits", `1n << 2n ** 31n`, "Maximum BigInt size exceeded"),
  refused("an array of four billion elements", `new Array(2 ** 32)`, "Invalid array length"),
  refused("a source of a hundred megabytes, evaluated", `(0, eval)("1;".repeat(5e7))`, ""),
  refused("a string that is padded beyond the longest", `"x".padEnd(2 ** 30)`, "Invalid string length"),
  refused("a join beyond the longest string", `Array(2 ** 28).join("xxxx")`, "Invalid string length"),
  refused(
    "JSON beyond the longest string",
    `const s = "~".repeat(1e8); JSON.stringify([s, s, s, s, s, s])`,
    "Invalid string length",
  ),
  refused("the longest string, doubled", `let s = "x"; for (;;) s += s`, "Invalid string length"),
  refused("the longest text", `text("x".repeat(2 ** 29 - 25))`, "text expects at most 16777216 bytes (unreadBytes)"),
  refused("a text that JSON would make six times as long", `text("\\0".repeat(1e8))`, "(unreadBytes)"),
  refused("a value that is too large to store", `store("k", "x".repeat(2e7))`, "(storedValueBytes)"),
  refused("more values than are stored", `for (let i = 0; ; i++) store("k" + i, i)`, "(storedEntries)"),
  refused("a notification that is too large", `notify("x".repeat(2e6))`, "(notifyBytes)"),
  refused("an input that is too large", `await tools.echo("x".repeat(5e6))`, "(frameBytes)"),
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
    costsProcess: "yes",
  },
];

/** A fourth of the default, which takes a fourth of the time. */
const HEAP_BYTES = 16 * 1024 * 1024;

export const memory: HostileTable = {
  title: "Memory",
  claim: "B1: memory beyond the limit ends the cell and nothing else",
  heapBytes: HEAP_BYTES,
  cells,
};
