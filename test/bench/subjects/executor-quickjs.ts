import type { HostTools } from "../host-tools.ts";
import type { Subject } from "../runtime.ts";
import { importFrom, LibraryRuntime, returnText } from "./library-runtime.ts";

interface QuickJsExports {
  readonly makeQuickJsExecutor: (options: { timeoutMs: number }) => {
    execute(code: string, tools: ToolInvoker): unknown;
  };
}

interface ToolInvoker {
  invoke(call: { path: string; args: unknown }): unknown;
}

interface EffectExports {
  readonly Effect: {
    promise(action: () => Promise<unknown>): unknown;
    runPromise(effect: unknown): Promise<{ result: unknown; error?: string }>;
  };
}

/** QuickJS as WebAssembly, a fresh context a cell. */
export const executorQuickjs: Subject = {
  name: "executor-quickjs",
  about: "@executor-js/runtime-quickjs 1.5.35, in process",
  packages: ["@executor-js/runtime-quickjs@1.5.35", "effect@4.0.0-beta.59"],
  inProcess: true,
  async open(folder) {
    const { makeQuickJsExecutor } = await importFrom<QuickJsExports>(folder, "@executor-js/runtime-quickjs");
    const { Effect } = await importFrom<EffectExports>(folder, "effect");
    const executor = makeQuickJsExecutor({ timeoutMs: 600_000 });
    const invokerOf = (host: HostTools): ToolInvoker => ({
      invoke: ({ path, args }) => Effect.promise(async () => host.answer(path, args)),
    });
    return new LibraryRuntime({
      dialect: { call: (tool, argument) => `tools.${tool}(${argument})`, text: returnText },
      isStoppable: false,
      async evaluate(source, host) {
        const { result, error } = await Effect.runPromise(executor.execute(source, invokerOf(host)));
        if (error !== undefined) throw new Error(error);
        return result;
      },
    });
  },
};
