import type ivm from "isolated-vm";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { taskOf, type Work } from "../work.ts";
import { bareDialect, startBareCell } from "./bare-cell.ts";

/** The floor for the engine: a fresh isolate a cell and nothing else, no limits watched, no process in between. */
export const isolatedVm: Subject = {
  name: "isolated-vm",
  about: "floor: a fresh isolate a cell, in process, without cellgate",
  inProcess: true,
  // Not before it is asked for: peers bring a copy of their own, and two in a process are the end of it.
  open: async () => new IsolatedVmRuntime((await import("isolated-vm")).default),
};

class IsolatedVmRuntime implements Runtime {
  readonly roots = [process.pid];
  readonly #host = new HostTools();
  readonly #ivm: typeof ivm;

  constructor(module: typeof ivm) {
    this.#ivm = module;
  }

  async run(work: Work): Promise<void> {
    const { source, isDone } = taskOf(work, bareDialect);
    const isolate = new this.#ivm.Isolate({ memoryLimit: 64 });
    try {
      const text = await this.#cell(isolate, source);
      if (!isDone(text)) throw new Error(`unexpected output: ${text.slice(0, 80)}`);
    } finally {
      isolate.dispose();
    }
  }

  async spin(): Promise<() => Promise<void>> {
    const isolate = new this.#ivm.Isolate({ memoryLimit: 64 });
    const ended = isolate.createContextSync().eval("while (true) {}");
    ended.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    return async () => {
      isolate.dispose();
      await ended.catch(() => {});
    };
  }

  async park(count: number): Promise<void> {
    const parked = this.#host.parked(count);
    for (let started = 0; started < count; started++) {
      void this.#cell(new this.#ivm.Isolate({ memoryLimit: 64 }), 'await call("park", 1)');
    }
    await parked;
  }

  async close(): Promise<void> {}

  /** Resolves to the last text. */
  #cell(isolate: ivm.Isolate, source: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let put = "";
      const answer = startBareCell(this.#ivm, isolate, source, (kind, text = "", json = "", id = 0) => {
        if (kind === "text") put = text;
        else if (kind === "notify") this.#host.notify();
        else if (kind === "done") resolve(put);
        else if (kind === "failed") reject(new Error(text));
        else void this.#call(text, json).then((result) => answer(id, result));
      });
    });
  }

  async #call(tool: string, json: string): Promise<string> {
    return JSON.stringify(await this.#host.answer(tool, JSON.parse(json)));
  }
}
