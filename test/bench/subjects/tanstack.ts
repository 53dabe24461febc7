import type { Subject } from "../runtime.ts";
import { importFrom, LibraryRuntime, returnText } from "./library-runtime.ts";

interface TanstackExports {
  readonly createNodeIsolateDriver: (options: { timeout: number; skipProbe: boolean }) => {
    createContext(options: { bindings: { [name: string]: Binding } }): Promise<IsolateContext>;
  };
}

interface Binding {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
  readonly execute: (input: unknown) => Promise<unknown>;
}

interface IsolateContext {
  execute(code: string): Promise<{ success: boolean; value?: unknown; error?: { message: string } }>;
  dispose(): Promise<void>;
}

/** isolated-vm, a fresh isolate a cell. */
export const tanstack: Subject = {
  name: "tanstack",
  about: "@tanstack/ai-isolate-node 0.1.49 on isolated-vm 7.0.1, in process",
  packages: [
    "@tanstack/ai-isolate-node@0.1.49",
    "@tanstack/ai-code-mode@0.3.4",
    "@tanstack/ai@0.39.0",
    "isolated-vm@7.0.1",
    "zod@4.6.7",
  ],
  inProcess: true,
  async open(folder) {
    const { createNodeIsolateDriver } = await importFrom<TanstackExports>(folder, "@tanstack/ai-isolate-node");
    const driver = createNodeIsolateDriver({ timeout: 600_000, skipProbe: true });
    return new LibraryRuntime({
      dialect: { call: (tool, argument) => `${tool}(${argument})`, text: returnText },
      isStoppable: false,
      async evaluate(source, host) {
        const binding = (name: string): [string, Binding] => {
          return [name, { name, description: "", inputSchema: {}, execute: async (input) => host.answer(name, input) }];
        };
        const context = await driver.createContext({
          bindings: Object.fromEntries(["echo", "nap", "park"].map(binding)),
        });
        try {
          const { success, value, error } = await context.execute(source);
          if (!success) throw new Error(error?.message ?? "expected a value");
          return value;
        } finally {
          await context.dispose();
        }
      },
    });
  },
};
