/** A kind of cell in the mix, and how it is run. */
export interface CellKind {
  readonly name: string;
  readonly source: string;
  /** What becomes of it: `result`, `terminated` or the code of its error. */
  readonly ends: string;
  /** Whether it is told to stop when it has yielded. */
  readonly terminate?: boolean;
  /** Whether it may cost its process: other cells of it then end with `executor_lost`. */
  readonly costsProcess?: boolean;
}

/** What agents do all day. */
export const everyday: readonly CellKind[] = [
  { name: "no-op", source: `return`, ends: "result" },
  { name: "text", source: `for (let i = 0; i < 20; i++) text("line " + i + " of some length")`, ends: "result" },
  { name: "large text", source: `text("x".repeat(100_000))`, ends: "result" },
  {
    name: "tool calls",
    source: `const sums = await Promise.all(Array.from({ length: 8 }, (_, i) => tools.add([i, 1]))); text(sums.length)`,
    ends: "result",
  },
  { name: "a tool that fails", source: `text(await tools.fail().catch(({ code }) => code))`, ends: "result" },
  {
    name: "stores",
    source: `store("n", (load("n") ?? 0) + 1); store("k" + (load("n") % 50), "x".repeat(1000))`,
    ends: "result",
  },
  { name: "notifications", source: `for (let i = 0; i < 5; i++) notify("news " + i)`, ends: "result" },
  {
    name: "yields and waits",
    source: `for (let i = 0; i < 3; i++) { text(i); yield_control(); await new Promise((done) => setTimeout(done, 1)) }`,
    ends: "result",
  },
  { name: "an error", source: `text("before"); null.x`, ends: "script_error" },
  { name: "a syntax error", source: `text("before`, ends: "syntax_error" },
  {
    name: "a wait that is ended",
    source: `yield_control(); await new Promise(() => {})`,
    ends: "terminated",
    terminate: true,
  },
];

/** One cell in {@link HOSTILE_EVERY} is one of these. */
export const hostile: readonly CellKind[] = [
  { name: "memory", source: `const a = []; for (;;) a.push(new Array(1000).fill(0))`, ends: "memory_limit" },
  { name: "a loop", source: `yield_control(); for (;;);`, ends: "terminated", terminate: true },
  { name: "a flood", source: `yield_control(); for (;;) text("x".repeat(1000))`, ends: "terminated", terminate: true },
  {
    name: "notifications without end",
    source: `yield_control(); for (;;) { notify("x"); await null; }`,
    ends: "terminated",
    terminate: true,
  },
  {
    name: "poison",
    source: `const { ownKeys } = Reflect; for (const kind of [Promise, String, Map, RegExp]) for (const key of ownKeys(kind.prototype)) try { kind.prototype[key] = null } catch {}`,
    ends: "result",
  },
  { name: "a full stack", source: `const f = () => f() + 1; f()`, ends: "script_error" },
  {
    name: "calls that nobody awaits",
    source: `for (let i = 0; i < 500; i++) tools.add([i, i]).catch(() => {})`,
    ends: "result",
  },
  {
    name: "a native loop",
    source: `yield_control(); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`,
    ends: "terminated",
    terminate: true,
    costsProcess: true,
  },
  { name: "exit in a catch", source: `try { exit() } finally { for (;;); }`, ends: "result" },
  { name: "buffers", source: `const a = []; for (;;) a.push(new Uint8Array(1e6))`, ends: "memory_limit" },
];

export const HOSTILE_EVERY = 50;

/** The `count`th cell of the soak: every kind comes again and again, in an order that never changes. */
export function cellKindAt(count: number): CellKind {
  const kinds = count % HOSTILE_EVERY === HOSTILE_EVERY - 1 ? hostile : everyday;
  const index = kinds === hostile ? Math.floor(count / HOSTILE_EVERY) : count;
  return kinds[index % kinds.length] as CellKind;
}
