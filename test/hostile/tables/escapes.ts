import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/**
 * In the cell: looks at everything that can be reached from the given roots, through properties, prototypes, accessors
 * and what constructors of functions give, and lists what is not of this cell's own realm or smells of the embedding.
 */
const search = `
function search(...roots) {
  const found = new Set(), seen = new Set(), todo = [...roots];
  const own = globalThis;
  while (todo.length > 0 && seen.size < 20_000) {
    const value = todo.pop();
    if (typeof value === "string" && /file:|node:|\\/src\\/|isolated-vm|node_modules|\\.ts\\b/.test(value)) found.add(value.slice(0, 200));
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    const tag = Object.prototype.toString.call(value);
    if (/Reference|Callback|Isolate|ExternalCopy|Transferable|Dereference|process|Socket|Module/.test(tag)) found.add(tag);
    if (typeof value === "function") {
      let global, host;
      try { global = value.constructor("return this")(); host = value.constructor("return typeof process + typeof require")() } catch {}
      if (global !== undefined && typeof global.next !== "function" && typeof global.then !== "function" && global !== own) found.add("another global by " + value.name);
      if (typeof host === "string" && host !== "undefinedundefined") found.add("a host by " + value.name);
    }
    try { todo.push(Object.getPrototypeOf(value)) } catch {}
    for (const key of Reflect.ownKeys(value)) {
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if (!property) continue;
      todo.push(property.value, property.get, property.set);
      if (property.get) try { todo.push(property.get.call(value)) } catch (e) { todo.push(e) }
    }
  }
  if (seen.size < (roots.includes(own) ? 1_000 : 1)) found.add("nothing was looked at");
  return [...found];
}
`;

/** A cell that tries something and searches what that gave; it puts out "sealed" where nothing was found. */
const sealed = (does: string, attempt: string, ends?: string): HostileCell => ({
  does,
  source: `${search}
    const got = [];
    ${attempt}
    const found = search(...got);
    text(found.length === 0 ? "sealed" : found);`,
  says: "sealed",
  ...(ends ? { ends } : {}),
});

const attempts: HostileCell[] = [
  sealed("searches everything that can be reached from the globals", `got.push(globalThis)`),
  sealed(
    "constructs functions by the constructor of every helper",
    `for (const f of [text, image, notify, store, load, exit, setTimeout, clearTimeout, yield_control, tools.echo])
      for (const made of [f.constructor("return this"), Object.getPrototypeOf(f).constructor("return globalThis")]) got.push(made, made());`,
  ),
  sealed(
    "constructs async functions and generators",
    `const AsyncFunction = (async () => {}).constructor;
     const Generator = function* () {}.constructor, AsyncGenerator = async function* () {}.constructor;
     got.push(await AsyncFunction("return this")(), Generator("yield this")().next().value);
     got.push((await AsyncGenerator("yield this")().next()).value, AsyncFunction, Generator, AsyncGenerator);`,
  ),
  sealed(
    "evaluates indirectly",
    `got.push((0, eval)("this"), new Function("return this")(), Reflect.construct(Function, ["return this"])());`,
  ),
  sealed(
    "imports modules",
    `for (const name of ["node:fs", "fs", "./main.ts", "file:///etc/passwd", "data:text/javascript,export default 1"])
      try { got.push(await import(name)); text("imported " + name) } catch (e) { got.push(e.message, e.constructor) }`,
  ),
  sealed(
    "asks call sites for functions and receivers",
    `Error.prepareStackTrace = (error, sites) => { for (const site of sites)
       for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(site))) try { got.push(site[name]()) } catch (e) { got.push(e) }
       return "" };
     const deep = { toJSON() { got.push(new Error("in a helper").stack) } };
     text.call(null, { toJSON() { new Error("a").stack; return 1 } });
     store("k", { toJSON() { new Error("b").stack; return 1 } });
     await tools.echo({ toJSON() { new Error("c").stack; return 1 } });
     try { image(5) } catch (e) { got.push(e.stack) }
     try { JSON.parse("{") } catch (e) { got.push(e.stack) }
     await new Promise((done) => setTimeout(() => { new Error("d").stack; done() }, 1));
     Error.prepareStackTrace = undefined;`,
  ),
  sealed(
    "walks up the callers of a sloppy function",
    `const up = new Function("got", \`
       function look() { try { let f = look; for (let i = 0; i < 20 && f; i++) { f = f.caller; got.push(f, f && f.arguments) } } catch (e) { got.push(e) }
         try { got.push(arguments.callee, arguments.callee.caller) } catch (e) { got.push(e) } }
       return () => { try { look() } catch {} return 1 }\`)(got);
     text({ toJSON: up }); store("k", { toJSON: up }); await tools.echo({ toJSON: up });
     setTimeout(up, 0); [1].forEach(up); Promise.resolve().then(up); await new Promise((done) => setTimeout(done, 2));`,
  ),
  sealed(
    "searches errors of every kind that a helper throws",
    `for (const wrong of [() => text({ a: 1n }), () => image(), () => notify(""), () => store(1), () => store("__proto__", 1), () => load(), () => setTimeout(),
       () => text(new Proxy({}, { get() { throw new Error("p") } })), () => { const f = () => f(); f() }, () => new ArrayBuffer(-1), () => text("x".repeat(2e7))])
       try { wrong(); text("accepted") } catch (e) { got.push(e, e.stack) }
     for (const input of [1n, () => 1, Symbol("s")]) try { await tools.echo(input) } catch (e) { got.push(e, e.stack, e.cause) }`,
  ),
  sealed(
    "searches the answer of a tool and the error of another",
    `got.push(await tools.echo({ a: [1, { b: null }] }), tools.echo(1), await tools.echo("x"));`,
  ),
  sealed(
    "passes proxies to every helper",
    `const handler = new Proxy({}, { get: (_, trap) => (...args) => { got.push(...args); return Reflect[trap](...args) } });
     const spy = (target) => new Proxy(target, handler);
     text(spy({ a: 1 })); notify(spy([1])); store("k", spy({ a: [1] })); image(spy({ image_url: "data:," }));
     await tools.echo(spy({ a: spy({}) })); clearTimeout(spy({})); clearTimeout(setTimeout(spy(() => 1), spy({ valueOf: () => 1 })));
     try { text.call(spy({}), spy(() => 1)) } catch (e) { got.push(e) }`,
  ),
  sealed(
    "constructs helpers, with a target of its own",
    `class Own {} for (const f of [text, store, setTimeout, tools.echo, exit])
       try { got.push(Reflect.construct(f, ["x", 1], Own)) } catch (e) { got.push(e) }
     try { got.push(new text("x")) } catch (e) { got.push(e) }
     got.push(Reflect.construct(ArrayBuffer, [8], Own), Reflect.construct(Error, ["x"], Own).stack);`,
  ),
  sealed(
    "takes the array buffer back by species, prototype and constructor",
    `const buffer = new ArrayBuffer(8, { maxByteLength: 1e9 });
     for (const made of [buffer, buffer.slice(0), new Uint8Array(buffer).subarray(1).buffer, new (Object.getPrototypeOf(buffer).constructor)(8, { maxByteLength: 1e9 }),
       new (ArrayBuffer[Symbol.species])(8, { maxByteLength: 1e9 }), new Uint8Array(8).buffer, new (buffer.constructor)(8, { maxByteLength: 1e9 }),
       Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1e9 }], new Proxy(ArrayBuffer, {})), buffer.transfer()])
       if ("resize" in made || "maxByteLength" in made || made.byteLength > 8) text("resizable");
     got.push(buffer);`,
  ),
  sealed(
    "reads what a regular expression matched last",
    `got.push({}, RegExp.input, RegExp.lastMatch, RegExp.leftContext, RegExp.rightContext, RegExp.lastParen, RegExp.$1, RegExp.$9);`,
  ),
  sealed(
    "reads the text of the helpers",
    `for (const f of [text, image, notify, store, load, exit, setTimeout, clearTimeout, yield_control, tools.echo])
      got.push(f, String(f), Function.prototype.toString.call(f), f.name);`,
  ),
  sealed(
    "captures stacks above the helpers",
    `for (const f of [text, tools.echo, exit, search]) { const o = {}; Error.captureStackTrace(o, f); got.push(o, o.stack) }
     store("k", { toJSON() { const o = {}; Error.captureStackTrace(o); got.push(o.stack); return 1 } });`,
  ),
  sealed(
    "takes its scope by with",
    `got.push(...new Function("text", "tools", "with (globalThis) with (tools) with (text) return [this, constructor, typeof process]")(text, tools));`,
  ),
  sealed(
    "puts its own function in the place of what starts a cell",
    `Object.defineProperty(globalThis, "$run", { get() { got.push(new Error("here").stack, this) } }); globalThis.$run;`,
  ),
  {
    ...sealed(
      "takes an answer that would pollute",
      `const answer = await tools.echo(1); got.push(answer);
       if (Object.getPrototypeOf(answer) !== Object.prototype || ({}).a !== undefined) text("polluted");`,
    ),
    answer: (_, reply) =>
      reply({ ok: true, json: '{"__proto__":{"a":1},"then":1,"constructor":{"prototype":{"a":1}},"toJSON":2}' }),
  },
  sealed(
    "takes iterators, generators and async iterators apart",
    `got.push([][Symbol.iterator](), new Map().keys(), "".matchAll(/x/g), (function* () {})(), (async function* () {})());
     got.push(Iterator.from([]), new WeakRef({}), Intl.DateTimeFormat(), new Intl.Segmenter().segment("a"));`,
  ),
  sealed(
    "holds the global of an async stack",
    `got.push(await (async function () { return [this, new Error("x").stack] })());`,
  ),
];

export const escapes: HostileTable = {
  title: "Escapes",
  claim: "J3: a cell finds no way out of its isolate",
  cells: attempts,
};
