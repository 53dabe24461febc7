import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { processTree } from "../bench/processes.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How a process ended. */
interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process of the command line. Whoever makes it ends it. */
export class CellgateProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  /** What it wrote to stdout so far. */
  out = "";
  /** What it wrote to stderr so far: its log. */
  err = "";

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [main, ...args], { env: environment });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.err += chunk.toString()));
    this.exited = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("the command line could not be started");
    return this.child.pid;
  }

  /** The lines that it prints when it is ready. */
  async ready(): Promise<string> {
    while (!this.out.includes("\n")) {
      const event = await Promise.race([once(this.child.stdout!, "data"), this.exited]);
      if (!Array.isArray(event)) throw new Error(`it ended: ${this.err}`);
    }
    return this.out;
  }

  async url(): Promise<string> {
    return /ws:\S+/.exec(await this.ready())![0];
  }

  /** Resolves when its log has this text. */
  async logged(text: string): Promise<void> {
    while (!this.err.includes(text)) {
      const event = await Promise.race([once(this.child.stderr!, "data"), this.exited]);
      if (!Array.isArray(event)) throw new Error(`it ended, and never logged ${text}: ${this.err}`);
    }
  }

  /** Ids of its executors. */
  executors(): number[] {
    return processTree(this.pid).slice(1);
  }
}
