import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { HostTools } from "../host-tools.ts";
import { loaderFile } from "../peers/cache.ts";
import type { Runtime } from "../runtime.ts";
import { type Dialect, taskOf, UnsupportedError, type Work } from "../work.ts";

/** A library that runs cells in the process that asks for them. */
export interface Library {
  readonly dialect: Dialect;
  /** Runs a source as one cell and resolves to what it returned. `signal` stops it, where `isStoppable`. */
  evaluate(source: string, host: HostTools, signal: AbortSignal): Promise<unknown>;
  readonly isStoppable: boolean;
}

/** A package out of a folder of the cache. What is in it is for the caller to know. */
export async function importFrom<Exports>(folder: string, name: string): Promise<Exports> {
  const loader = (await import(pathToFileURL(join(folder, loaderFile)).href)) as {
    load: (name: string) => Promise<Exports>;
  };
  return loader.load(name);
}

/** Cells that give their output as a return value. */
export const returnText: Dialect["text"] = (expression) => `return ${expression};`;

/** A library as a subject that runs. */
export class LibraryRuntime implements Runtime {
  readonly roots: readonly number[] = [process.pid];
  readonly #library: Library;
  readonly #host = new HostTools();
  readonly #end = new AbortController();

  constructor(library: Library) {
    this.#library = library;
  }

  async run(work: Work): Promise<void> {
    const { dialect } = this.#library;
    const { source, isDone } = taskOf(work, dialect);
    const output = String(await this.#library.evaluate(source, this.#host, this.#end.signal));
    if (!isDone(output)) throw new Error(`unexpected output: ${output.slice(0, 80)}`);
  }

  async spin(): Promise<() => Promise<void>> {
    if (!this.#library.isStoppable) throw new UnsupportedError("stops a cell by a timeout alone");
    const stop = new AbortController();
    const ended = this.#library.evaluate("while (true) {}", this.#host, stop.signal).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    return async () => {
      stop.abort();
      await ended;
    };
  }

  async park(count: number): Promise<void> {
    const { call } = this.#library.dialect;
    const parked = this.#host.parked(count);
    const source = `await ${call("park", "1")}; return "x";`;
    const ended = Array.from({ length: count }, async () => {
      const output = await this.#library.evaluate(source, this.#host, this.#end.signal);
      throw new Error(`a parked cell ended: ${String(output)}`);
    });
    await Promise.race([parked, ...ended]);
    for (const end of ended) end.catch(() => {});
  }

  async close(): Promise<void> {
    this.#end.abort();
  }
}
