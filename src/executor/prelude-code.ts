import ivm from "isolated-vm";
import type { CellLimits } from "./messages.ts";
import { type CellConfig, type Deliver, preludeSource, RUN, SHARED, SHARED_BYTES, START } from "./prelude/prelude.ts";

/** The prelude as every isolate gets it. */
interface PreludeCode {
  readonly source: string;
  /** V8 takes it for any source of the same length, with other limits too, whose numbers it would not have. */
  readonly cache: ivm.ExternalCopy<ArrayBuffer>;
}

/** The limits are a part of it, and a process has one set of them. */
const codes = new WeakMap<CellLimits, PreludeCode>();

/** The prelude in an isolate, compiled once for all its contexts. */
export function compilePrelude(isolate: ivm.Isolate, limits: CellLimits): ivm.Script {
  const code = codes.get(limits) ?? preludeCode(limits);
  codes.set(limits, code);
  return isolate.compileScriptSync(code.source, { filename: "prelude.js", cachedData: code.cache });
}

/**
 * The code cache has what a cell uses: V8 compiles a function when it is first called, and knows a script again that it
 * has compiled before, so the cache is made where a cell has run. Fresh isolates take a third less time for their first
 * cells than with one of the bare prelude.
 */
function preludeCode(limits: CellLimits): PreludeCode {
  const source = oneByteText(preludeSource(limits));
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const compile = () => isolate.compileScriptSync(source, { filename: "prelude.js", produceCachedData: true });
  runCell(isolate, compile());
  // The declarations leave it out, where the documentation has it.
  const { cachedData } = compile() as ivm.Script & ivm.CachedDataResult;
  isolate.dispose();
  if (!cachedData) throw new Error("expected a code cache of the prelude");
  return { source, cache: cachedData };
}

/** Runs a cell that uses what most cells use, and is heard by nobody. */
function runCell(isolate: ivm.Isolate, prelude: ivm.Script): void {
  const context = isolate.createContextSync();
  const nobody = new ivm.Callback(() => false, { sync: true });
  const body = 'async()=>{text(1);notify(1);store("k",load("k"));setTimeout(()=>{},1);await tools.t({});}';
  const config: CellConfig = {
    tools: [{ identifier: "t", description: "", kind: "function" }],
    storedValues: [["k", "1", 2]],
  };
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  new Int32Array(memory)[SHARED.bodyLength] = body.length;
  context.global.setSync(START.ignored, nobody);
  context.global.setSync(START.sync, nobody);
  context.global.setSync(START.memory, new ivm.ExternalCopy(memory).copyInto());
  context.global.setSync(START.config, JSON.stringify(config));
  const deliver = prelude.runSync(context, { reference: true }) as ivm.Reference<Deliver>;
  context.evalSync(`${RUN}(${body})`);
  deliver.applySync(undefined, ["timer", 1]);
  deliver.applySync(undefined, ["answers", 1, true, "{}", undefined]);
}

/**
 * The text in one byte a character, since every isolate keeps it. The text of a function takes two where any character
 * in its file does, be it in a comment.
 */
function oneByteText(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const same = bytes.toString("latin1");
  if (same !== text) throw new Error("the prelude has characters past U+00FF");
  return same;
}
