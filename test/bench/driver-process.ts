import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Answer, Order } from "./messages.ts";
import { kill, processTree } from "./processes.ts";

/** The flag is isolated-vm's. */
export const execArgv: readonly string[] = ["--no-node-snapshot", "--disable-warning=ExperimentalWarning"];

const closeMs = 5_000;
const running = new Set<DriverProcess>();

// However the benchmark ends, nothing that it started goes on.
process.on("exit", () => {
  for (const driver of running) driver.kill();
});

/** A driver, seen from the benchmark. It dies with its subject's processes, by id. */
export class DriverProcess {
  readonly #child: ChildProcess;
  #errors = "";

  constructor() {
    this.#child = fork(fileURLToPath(new URL("driver.ts", import.meta.url)), {
      execArgv: [...execArgv],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    // The end of it says why a subject died.
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    running.add(this);
    this.#child.once("exit", () => running.delete(this));
  }

  /** Rejects when the driver dies, or does not answer in time; then it is of no more use. */
  async ask(order: Order, timeoutMs: number): Promise<Answer> {
    const asked = new AbortController();
    const { signal } = asked;
    this.#errors = "";
    try {
      this.#child.send(order);
      const answer = await Promise.race([
        once(this.#child, "message", { signal }).then(([answer]) => answer as Answer),
        once(this.#child, "exit", { signal }).then(([code, by]) => {
          throw new Error(`died (${String(by ?? code)})${this.#lastWords()}`);
        }),
        timeout(timeoutMs, signal),
      ]);
      if (answer.type === "done" || answer.unsupported) return answer;
      // What a server of the subject complained of comes by another way.
      await delay(100);
      return { ...answer, message: answer.message + this.#lastWords() };
    } finally {
      asked.abort();
    }
  }

  /** Ends it gently, and after five seconds by force. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const tree = this.#tree();
    const exited = once(this.#child, "exit");
    await this.ask({ type: "close" }, closeMs).catch(() => {});
    for (const pid of tree) kill(pid);
    await exited;
  }

  /** Ends it and its subject at once. */
  kill(): void {
    for (const pid of this.#tree()) kill(pid);
  }

  #tree(): number[] {
    const { pid } = this.#child;
    return pid === undefined ? [] : processTree(pid);
  }

  #lastWords(): string {
    const line = this.#errors
      .split("\n")
      .map((text) => text.trim())
      .findLast((text) => /error|fatal|panic|abort/i.test(text));
    return line === undefined ? "" : `: ${line.slice(0, 160)}`;
  }
}

async function timeout(ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
