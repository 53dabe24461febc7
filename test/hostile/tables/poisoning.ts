import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/** Uses every helper, with nothing of the language that could be poisoned but its syntax. */
const use = `
text("a"); text({ b: [1] });
notify("n"); image("data:,", "low"); yield_control();
store("k", { c: [2] }); text(load("k"));
text(await tools.echo({ d: [3, "x"] }));
try { await tools.bad(1) } catch (e) { text(e.message + "|" + e.code + "|" + e.tool) }
try { store("k", 1n) } catch (e) { text(e.message) }
try { image(5) } catch (e) { text(e.message) }
clearTimeout(setTimeout(() => text("never"), 1));
await new P((done) => setTimeout((argument) => { text(argument); done() }, 2, "timer"));
return "last"`;

const texts = [
  "a",
  '{"b":[1]}',
  '{"c":[2]}',
  '{"d":[3,"x"]}',
  "no luck|E_BAD|bad",
  'Unable to store "k". Only plain serializable objects can be stored. (value is a BigInt)',
  "image expects a data URL, an http(s) URL, { image_url, detail? } or an MCP image block",
  "timer",
  "last",
];

const poisoned = (poison: string): HostileCell => ({
  does: `\`${shortened(poison.trim().replaceAll(/\s+/g, " "))}\``,
  source: `const P = Promise, bad = () => { throw "poisoned" };\n${poison};\n${use}`,
  texts,
});

function shortened(code: string): string {
  return code.length > 100 ? `${code.slice(0, 99)}…` : code;
}

/** Replaces what `path` names by a function that throws. */
const replaced = (path: string): HostileCell => poisoned(`${path} = bad`);

const everything = `
const { ownKeys, getOwnPropertyDescriptor: describe, defineProperty: define, getPrototypeOf } = Reflect, seen = new Set();
const has = seen.has.bind(seen), add = seen.add.bind(seen), kept = [P, text, image, notify, store, load, setTimeout, clearTimeout, yield_control, tools];
const spoil = (target) => {
  if ((typeof target !== "object" && typeof target !== "function") || target === null || has(target)) return;
  add(target);
  for (let i = 0; i < kept.length; i++) if (target === kept[i]) return;
  const keys = ownKeys(target), inner = [];
  for (let i = 0; i < keys.length; i++) {
    const { value, get } = describe(target, keys[i]);
    inner[i] = value;
    if (target === globalThis || target === P.prototype && keys[i] === "constructor" || keys[i] === "prototype") continue;
    define(target, keys[i], typeof value === "function" ? { value: bad } : get ? { get: bad, set: bad } : {});
  }
  for (let i = 0; i < inner.length; i++) spoil(inner[i]);
};
const names = ownKeys(globalThis), prototypes = [];
for (let i = 0; i < names.length; i++) prototypes[i] = globalThis[names[i]]?.prototype;
const hidden = [getPrototypeOf(new Map().keys()), getPrototypeOf([].keys()), getPrototypeOf(async () => {}), getPrototypeOf(function* () {})];
spoil(globalThis); spoil(P.prototype);
for (let i = 0; i < prototypes.length; i++) spoil(prototypes[i]);
for (let i = 0; i < hidden.length; i++) spoil(hidden[i]);
for (let i = 0; i < names.length; i++) { let keep = false; for (let j = 0; j < kept.length; j++) if (globalThis[names[i]] === kept[j]) keep = true; if (!keep) try { globalThis[names[i]] = bad } catch {} }`;

const cells: HostileCell[] = [
  { does: "nothing is poisoned", source: `const P = Promise;\n${use}`, texts },
  poisoned(`Object.prototype.then = (done) => done("hijacked")`),
  poisoned(`Object.defineProperty(Object.prototype, "then", { get: bad })`),
  ...["get", "set", "value", "writable", "enumerable", "configurable"].flatMap((name) => [
    poisoned(`Object.prototype.${name} = 1`),
    poisoned(`Object.prototype.${name} = () => 1`),
  ]),
  poisoned(`Object.defineProperty(Object.prototype, "0", { get: bad, set: bad })`),
  poisoned(`Object.defineProperty(Object.prototype, "__proto__", { get: bad, set: bad })`),
  ...["stack", "message", "name", "tool", "kind", "type", "detail", "length", "resolve", "input", "parent"].map(
    (name) => poisoned(`Object.defineProperty(Object.prototype, "${name}", { set: bad })`),
  ),
  poisoned(`for (const i of [0, 1, 2, 3]) Object.defineProperty(Array.prototype, i, { get: bad, set: bad })`),
  poisoned(`Object.setPrototypeOf(Array.prototype, new Proxy({}, { set: bad, has: bad, defineProperty: bad }))`),
  poisoned(`Array.prototype[Symbol.iterator] = bad`),
  poisoned(
    `for (const name of Reflect.ownKeys(Array.prototype)) if (name !== "length") try { Array.prototype[name] = bad } catch {}`,
  ),
  poisoned(`for (const name of Reflect.ownKeys(String.prototype)) if (name !== "length") String.prototype[name] = bad`),
  poisoned(
    `for (const name of Reflect.ownKeys(RegExp.prototype)) Object.defineProperty(RegExp.prototype, name, { value: bad })`,
  ),
  poisoned(
    `for (const name of ["get", "set", "has", "delete", "keys", "entries"]) Map.prototype[name] = bad; Object.defineProperty(Map.prototype, "size", { get: bad })`,
  ),
  poisoned(`Object.getPrototypeOf(new Map().keys()).next = bad`),
  poisoned(`for (const name of ["then", "catch", "finally"]) Promise.prototype[name] = bad`),
  poisoned(`for (const name of ["resolve", "reject", "all", "withResolvers", "try"]) Promise[name] = bad`),
  poisoned(`Object.defineProperty(Promise, Symbol.species, { get: bad })`),
  // With this, `await` itself asks a promise for its \`then\`; that is the language's.
  poisoned(`Object.defineProperty(Promise.prototype, "constructor", { get: () => P })`),
  poisoned(`Promise = bad`),
  ...["JSON.stringify", "JSON.parse", "Object.defineProperty", "Object.keys", "Object.create", "Object.freeze"].map(
    replaced,
  ),
  ...["Object.hasOwn", "Reflect.apply", "Reflect.construct", "Reflect.defineProperty", "Array.isArray"].map(replaced),
  ...["Number.isFinite", "Date.now", "Error.captureStackTrace", "Function.prototype.toString"].map(replaced),
  poisoned(`for (const name of ["call", "apply", "bind"]) Function.prototype[name] = bad`),
  poisoned(
    `Date = String = Number = Map = Object = Array = Error = TypeError = Symbol = JSON = Reflect = Function = bad`,
  ),
  poisoned(`Error.prepareStackTrace = bad`),
  poisoned(`Error.prepareStackTrace = () => 5`),
  poisoned(`Error.stackTraceLimit = 0`),
  poisoned(`Object.defineProperty(Error, "stackTraceLimit", { get: bad })`),
  poisoned(
    `delete Error.stackTraceLimit; Error.prototype.toString = bad; Object.defineProperty(Error.prototype, "message", { set: bad })`,
  ),
  poisoned(
    `for (const kind of [Error, TypeError, RangeError]) Object.defineProperty(kind, Symbol.hasInstance, { value: bad })`,
  ),
  poisoned(
    `Object.prototype[Symbol.toPrimitive] = bad; Object.prototype.valueOf = bad; Object.prototype.toString = bad`,
  ),
  poisoned(
    `Object.prototype.constructor = bad; Object.prototype.hasOwnProperty = bad; Object.prototype[Symbol.toStringTag] = "x"`,
  ),
  poisoned(`String.prototype.toJSON = bad; Number.prototype.toJSON = bad; Boolean.prototype.toJSON = bad`),
  poisoned(`for (const kind of [Object, Array, Function, Promise, Error, String]) Object.freeze(kind.prototype)`),
  poisoned(`Object.freeze(globalThis)`),
  poisoned(`delete globalThis.JSON; delete globalThis.Promise; delete globalThis.Object`),
  { ...poisoned(everything), does: "everything that can be reached is replaced by a function that throws" },
  {
    does: "a toJSON of all objects is what JSON.stringify makes of them",
    source: `Object.prototype.toJSON = () => "mine"; text({ a: 1 }); store("k", [1]); text(load("k")); text(await tools.echo({}))`,
    texts: ['"mine"', "mine", "mine"],
  },
];

export const poisoning: HostileTable = {
  title: "Poisoned built-ins",
  claim: "J13: poisoned built-ins break no function of a cell",
  cells,
};
