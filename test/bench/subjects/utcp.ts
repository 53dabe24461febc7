import type { HostTools } from "../host-tools.ts";
import type { Subject } from "../runtime.ts";
import { importFrom, LibraryRuntime, returnText } from "./library-runtime.ts";

interface UtcpExports {
  readonly CodeModeUtcpClient: { create(): Promise<UtcpClient> };
}

interface UtcpClient {
  getTools(): Promise<unknown[]>;
  callTool(name: string, input: { value?: unknown }): Promise<unknown>;
  callToolChain(code: string, timeoutMs: number): Promise<{ result: unknown; logs: string[] }>;
}

const schema = { type: "object", properties: { value: {} } };
const tools = ["echo", "nap", "park"].map((name) => {
  return { name: `bench.${name}`, description: "", inputs: schema, outputs: schema, tags: [] };
});

/** isolated-vm, a fresh isolate a cell. Its tools are answered here, past its own protocols, which only helps it. */
export const utcp: Subject = {
  name: "utcp",
  about: "@utcp/code-mode 1.2.12 on isolated-vm 7.0.1, in process",
  packages: ["@utcp/code-mode@1.2.12", "@utcp/sdk@1.1.2", "isolated-vm@7.0.1"],
  inProcess: true,
  async open(folder) {
    const { CodeModeUtcpClient } = await importFrom<UtcpExports>(folder, "@utcp/code-mode");
    const client = await CodeModeUtcpClient.create();
    let answering: HostTools | undefined;
    client.getTools = async () => tools;
    client.callTool = async (name, { value }) => answering?.answer(name.replace("bench.", ""), value);
    return new LibraryRuntime({
      dialect: { call: (tool, argument) => `bench.${tool}({ value: ${argument} })`, text: returnText },
      isStoppable: false,
      async evaluate(source, host) {
        answering = host;
        const { result, logs } = await client.callToolChain(source, 600_000);
        if (result === null) throw new Error(logs.at(-1) ?? "expected a result");
        return result;
      },
    });
  },
};
