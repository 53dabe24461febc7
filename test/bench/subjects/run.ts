import type { Subject } from "../runtime.ts";
import { importFrom, LibraryRuntime, returnText } from "./library-runtime.ts";

interface RunExports {
  run(input: {
    source: string;
    hostFunctions: { tools: { [name: string]: (input: unknown) => unknown } };
    abortSignal: AbortSignal;
    limits: { [name: string]: number };
  }): Promise<{ value?: unknown }>;
  setMaxWorkers?(count: number): void;
}

/** As wide as the work needs; by default a cell may make 256 calls, 32 of them at a time. */
const limits = {
  timeoutMs: 600_000,
  maxResultBytes: 32_000_000,
  maxBridgeRequests: 100_000,
  maxInFlightBridgeRequests: 10_000,
};

/** QuickJS as WebAssembly in worker threads. */
export const run: Subject = {
  name: "run",
  about: "run 2.1.5 with its limits raised, in worker threads",
  packages: ["run@2.1.5"],
  inProcess: true,
  async open(folder) {
    const exports = await importFrom<RunExports>(folder, "run");
    exports.setMaxWorkers?.(4_096);
    return new LibraryRuntime({
      dialect: { call: (tool, argument) => `tools.${tool}(${argument})`, text: returnText },
      isStoppable: true,
      async evaluate(source, host, abortSignal) {
        const { echo, nap, park } = host;
        const { value } = await exports.run({
          source,
          hostFunctions: { tools: { echo, nap, park } },
          abortSignal,
          limits,
        });
        return value;
      },
    });
  },
};
