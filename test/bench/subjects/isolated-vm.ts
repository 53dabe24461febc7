import type ivm from "isolated-vm";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { type Dialect, taskOf, type Work } from "../work.ts";

const dialect: Dialect = {
  call: (tool, argument) => `call("${tool}", ${argument})`,
  text: (expression) => `text(${expression});`,
  notify: (expression) => `notify(${expression})`,
};

/** What a cell needs at the least: `$0` sends to the host; the value is what the host answers calls with. */
const prelude = `
  const send = $0, calls = new Map(); let last = 0;
  globalThis.text = (value) => send("text", String(value));
  globalThis.notify = (value) => send("notify", String(value));
  globalThis.call = (tool, input) => new Promise((resolve) => {
    calls.set(++last, resolve);
    send("call", tool, JSON.stringify(input), last);
  });
  return (id, json) => { calls.get(id)(JSON.parse(json)); calls.delete(id); };
`;

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
    const { source, isDone } = taskOf(work, dialect);
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
    const context = isolate.createContextSync();
    return new Promise((resolve, reject) => {
      let put = "";
      const send = (type: string, text: string, json: string, id: number): void => {
        if (type === "text") put = text;
        else if (type === "notify") this.#host.notify();
        else if (type === "done") resolve(put);
        else if (type === "failed") reject(new Error(text));
        else void this.#call(text, json).then((result) => deliver.applyIgnored(undefined, [id, result]));
      };
      const deliver = context.evalClosureSync(prelude, [new this.#ivm.Callback(send, { ignored: true })], {
        result: { reference: true },
      });
      context.global.setSync("send", new this.#ivm.Callback(send, { ignored: true }));
      const whole = `(async () => {${source}\n})().then(() => send("done"), (e) => send("failed", String(e)))`;
      context.eval(whole).catch(reject);
    });
  }

  async #call(tool: string, json: string): Promise<string> {
    return JSON.stringify(await this.#host.answer(tool, JSON.parse(json)));
  }
}
