import type { HostileCell, HostileTable } from "../hostile-cell.ts";

const exits = (does: string, source: string): HostileCell => ({ does, source: `text("in"); ${source}`, texts: ["in"] });
const no = `text("no")`;

const cells: HostileCell[] = [
  exits("in a try", `try { exit() } catch { ${no} } ${no}`),
  exits("in a try with finally", `try { exit() } finally { ${no} } ${no}`),
  exits("in a finally", `try { throw 1 } finally { exit(); ${no} }`),
  exits("in a finally that loops", `for (;;) { try { exit() } finally { ${no}; continue } }`),
  exits("in an async function", `(async () => { try { exit() } finally { ${no} } })(); ${no}`),
  exits(
    "in an async function, later",
    `(async () => { await null; exit(); ${no} })(); await new Promise(() => {}); ${no}`,
  ),
  exits("in a promise's executor", `new Promise(() => exit()).catch(() => ${no}); ${no}`),
  exits("in a then", `await Promise.resolve().then(() => exit()).finally(() => ${no}); ${no}`),
  exits("in a thenable", `await { then() { exit() } }; ${no}`),
  exits("in a generator", `function* g() { try { yield 1 } finally { ${no} } } for (const x of g()) exit()`),
  exits(
    "in an async generator",
    `async function* g() { try { yield 1 } finally { ${no} } } for await (const x of g()) exit()`,
  ),
  exits(
    "in an iterator that is closed",
    `for (const x of { [Symbol.iterator]: () => ({ next: () => ({}), return() { ${no}; return {} } }) }) exit()`,
  ),
  exits("beside a disposer", `{ using x = { [Symbol.dispose]() { ${no} } }; exit() }`),
  exits("in a getter", `const o = { get x() { exit() } }; try { o.x } catch { ${no} } ${no}`),
  exits("in a getter that a helper asks", `text({ get x() { exit() } }); ${no}`),
  exits("in a toJSON that a tool call asks", `await tools.echo({ toJSON() { exit() } }); ${no}`),
  exits("in a toJSON that store asks", `store("k", { toJSON() { exit() } }); ${no}`),
  exits("in a toString that text asks", `text({ toJSON() {}, toString() { exit() } }); ${no}`),
  exits(
    "in a timer",
    `setTimeout(() => { try { exit() } catch {} finally { ${no} } }, 1); await new Promise(() => {})`,
  ),
  exits(
    "in a timer, beside another",
    `setTimeout(() => exit(), 1); setTimeout(() => ${no}, 1); await new Promise(() => {})`,
  ),
  exits(
    "in the traps of a proxy",
    `const p = new Proxy(() => 1, { get() { exit() }, apply() { exit() }, has() { exit() } }); try { "x" in p } catch { ${no} } p(); p.x; ${no}`,
  ),
  exits("in the comparison of a sort", `[3, 2, 1].sort(() => exit()); ${no}`),
  exits(
    "in a callback of every kind",
    `[1].map(() => "x".replace(/x/, () => JSON.parse("[1]", () => Array.from([1], () => exit())))); ${no}`,
  ),
  exits(
    "in a species",
    `class A extends Array { static get [Symbol.species]() { exit() } } new A(1).map((x) => x); ${no}`,
  ),
  exits("in what prepares a stack", `Error.prepareStackTrace = () => exit(); new Error().stack; ${no}`),
  exits("in the stack of what was thrown", `throw { get stack() { exit() } }`),
  exits("in eval", `(0, eval)("exit()"); ${no}`),
  exits("in a static block", `class A { static { exit() } } ${no}`),
  exits("in a default argument", `((a = exit()) => ${no})()`),
  exits("in a tag of a template", "((...all) => exit())`x`; " + no),
  exits("where the stack is full", `function f() { try { f() } catch { exit(); ${no} } } f(); ${no}`),
  exits(
    "where the stack is full, in every finally",
    `function f() { try { f() } finally { exit(); ${no} } } f(); ${no}`,
  ),
  exits(
    "with all built-ins replaced",
    `for (const key of Reflect.ownKeys(globalThis)) if (key !== "exit" && key !== "globalThis") try { globalThis[key] = null } catch {} exit()`,
  ),
  exits("twice", `setTimeout(() => exit(), 0); exit(); exit()`),
  exits("called with arguments, a receiver and new", `try { new exit() } catch {} exit.call({}, 1); ${no}`),
  exits(
    "in one of many microtasks",
    `(async () => { for (;;) { await null; exit() } })(); await new Promise(() => {})`,
  ),
  {
    does: "after the end, in code that was not awaited",
    source: `(async () => { await null; await null; exit() })(); text("in")`,
    texts: ["in"],
  },
  {
    does: "with writes and notifications before it",
    source: `text("in"); store("k", 1); notify("n"); exit(); store("k", 2); notify("no")`,
    texts: ["in"],
  },
];

export const exit: HostileTable = { title: "Going on behind exit()", claim: "J7: nothing outlives `exit()`", cells };
