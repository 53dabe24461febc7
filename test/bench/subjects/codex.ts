import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { type Dialect, taskOf, type Work } from "../work.ts";
import type { CodexCellAnswer, CodexMessage, CodexResult } from "./codex-messages.ts";
import { FramePipe } from "./frame-pipe.ts";

const binary = "node_modules/@openai/codex/vendor/x86_64-unknown-linux-musl/bin/codex-code-mode-host";

const dialect: Dialect = {
  call: (tool, argument) => `tools.${tool}(${argument})`,
  text: (expression) => `text(${expression});`,
  notify: (expression) => `notify(${expression})`,
};

const session = "bench";
const enabledTools = ["echo", "nap", "park"].map((name) => {
  const toolName = { name, namespace: null };
  return { name, tool_name: toolName, description: "", kind: "function", input_schema: null, output_schema: null };
});

/** The anchor: Codex's own code mode host, a V8 isolate and a thread for every cell, asked over its stdio. */
export const codex: Subject = {
  name: "codex host",
  about: "the anchor: codex-code-mode-host 0.169.0, over stdio",
  packages: ["@openai/codex@0.169.0-linux-x64"],
  inProcess: false,
  open: (folder) => CodexRuntime.open(join(folder, binary)),
};

class CodexRuntime implements Runtime {
  readonly roots: readonly number[];
  readonly #child: ChildProcess;
  readonly #pipe: FramePipe;
  readonly #host = new HostTools();
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #death: Error | undefined;

  private constructor(program: string) {
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.roots = child.pid === undefined ? [] : [child.pid];
    this.#pipe = new FramePipe(child.stdout, child.stdin, (message) => this.#receive(message as CodexMessage));
    child.once("error", (error) => this.#die(error));
    child.once("exit", (code, signal) => this.#die(new Error(`the host died (${signal ?? code})`)));
  }

  static async open(program: string): Promise<CodexRuntime> {
    const runtime = new CodexRuntime(program);
    runtime.#pipe.send({
      type: "connection/hello",
      supportedVersions: [1],
      requiredCapabilities: [],
      optionalCapabilities: [],
    });
    await runtime.#ask({ method: "session/open", sessionId: session });
    return runtime;
  }

  async run(work: Work): Promise<void> {
    const { source, isDone } = taskOf(work, dialect);
    const heard = work.type === "notifications" ? this.#host.notified(work.count) : undefined;
    const { Result: result } = await this.#execute(source, 600_000);
    if (!result || result.error_text !== null) throw new Error(result?.error_text ?? "expected a result");
    const text = result.content_items.map((item) => item.text ?? "").join("");
    if (!isDone(text)) throw new Error(`unexpected output: ${text.slice(0, 80)}`);
    await heard;
  }

  async spin(): Promise<() => Promise<void>> {
    const { Yielded: yielded } = await this.#execute("while (true) {}", 30);
    if (!yielded) throw new Error("expected the loop to yield");
    return async () => {
      await this.#ask({ method: "session/terminate", sessionId: session, cellId: yielded.cell_id });
    };
  }

  async park(count: number): Promise<void> {
    // Not by a tool: some hundred open calls are the end of the host.
    const cells = Array.from({ length: count }, () => this.#execute("await new Promise(() => {})", 1));
    for (const { Yielded: yielded, Result: result } of await Promise.all(cells)) {
      if (!yielded) throw new Error(`a parked cell ended: ${result?.error_text ?? "with a result"}`);
    }
  }

  async close(): Promise<void> {
    if (this.#death) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #execute(source: string, yieldMs: number): Promise<CodexCellAnswer> {
    const request = {
      tool_call_id: "call",
      enabled_tools: enabledTools,
      source,
      yield_time_ms: yieldMs,
      max_output_tokens: null,
    };
    return this.#ask({ method: "session/execute", sessionId: session, request }) as Promise<CodexCellAnswer>;
  }

  #ask(request: { method: string; [field: string]: unknown }): Promise<unknown> {
    if (this.#death) return Promise.reject(this.#death);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#pipe.send({ type: "operation/request", id, request });
    });
  }

  #receive(message: CodexMessage): void {
    switch (message.type) {
      case "operation/response":
        // That a cell has started is no answer yet: its outcome comes by itself.
        if (message.result.value?.type !== "execution/started") this.#settle(message.id, message.result);
        break;
      case "execute/initialResponse":
        this.#settle(message.id, message.result);
        break;
      case "delegate/request":
        void this.#delegate(message.id, message.request);
        break;
      case "connection/ready":
      case "connection/rejected":
      case "delegate/cancel":
      case "cell/closed":
        break;
      default:
        message satisfies never;
    }
  }

  async #delegate(id: number, request: Extract<CodexMessage, { type: "delegate/request" }>["request"]): Promise<void> {
    if (request.type === "notification/send") this.#host.notify();
    const value =
      request.type === "notification/send"
        ? { type: "notification/delivered" }
        : {
            type: "tool/result",
            result: await this.#host.answer(request.invocation.tool_name.name, request.invocation.input),
          };
    this.#pipe.send({ type: "delegate/response", id, result: { status: "ok", value } });
  }

  #settle(id: number, result: CodexResult<unknown>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (result.status === "ok") pending?.resolve(result.value);
    else pending?.reject(new Error(result.message ?? "refused"));
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
