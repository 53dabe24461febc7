import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { StartOptions } from "../../src/index.ts";
import { processTree } from "../bench/processes.ts";

/** What the gateway's program says. */
export type GatewayReply =
  | { readonly type: "ready"; readonly url: string; readonly token: string }
  | ({ readonly type: "held" } & Held);

interface Held {
  /** Bytes, when garbage was collected. */
  readonly rss: number;
  readonly heapUsed: number;
  /** Ids of the executors. */
  readonly executors: readonly number[];
  /** Why each executor was lost, since the last time. */
  readonly lost: readonly string[];
  /** Internal errors, since the start. */
  readonly errors: readonly string[];
}

/** What a gateway holds at one time. */
export interface Holdings extends Held {
  readonly descriptors: number;
  /** All processes below it. */
  readonly children: number;
}

/**
 * V8 gives new objects more and more room, 16 MB more every now and then in a gateway that is busy, and keeps it. Here
 * they have all of it from the start, so that the process is as large as it gets before its warm-up is over.
 */
const execArgv = ["--expose-gc", "--min-semi-space-size=32"];

/** A gateway in a process of its own. */
export class GatewayProcess {
  readonly url: string;
  readonly token: string;
  readonly #child: ChildProcess;

  static async start(options: Pick<StartOptions, "executors" | "limits"> = {}): Promise<GatewayProcess> {
    const program = fileURLToPath(new URL("gateway-program.ts", import.meta.url));
    const child = fork(program, [JSON.stringify(options)], { execArgv });
    const exited = once(child, "exit").then(() => Promise.reject(new Error("the gateway did not start")));
    const [ready] = (await Promise.race([once(child, "message"), exited])) as [GatewayReply];
    exited.catch(() => {});
    if (ready.type !== "ready") throw new Error(`the gateway began with ${ready.type}`);
    return new GatewayProcess(child, ready.url, ready.token);
  }

  private constructor(child: ChildProcess, url: string, token: string) {
    this.#child = child;
    this.url = url;
    this.token = token;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it holds after its garbage was collected. Rejects where it is gone. */
  async holdings(): Promise<Holdings> {
    const { pid } = this;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error("the gateway is gone");
    this.#child.send("hold");
    const [held] = (await once(this.#child, "message")) as [GatewayReply];
    if (held.type !== "held") throw new Error(`the gateway answered with ${held.type}`);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    return { ...held, descriptors, children: processTree(pid).length - 1 };
  }

  /** The most bytes of memory that it had since {@link forgetPeak}, or since its start. */
  get peakRss(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  forgetPeak(): void {
    // 5: the peak is what there is now. See proc(5).
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, "5");
  }

  /** Ends it as an operator would. Returns what was wrong with that: an exit code, processes that are left. */
  async stop(): Promise<string[]> {
    const tree = processTree(this.#child.pid as number).slice(1);
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code, signal] = (await exited) as [number | null, string | null];
    const left = tree.filter((pid) => isThere(pid));
    const problems = left.map((pid) => `process ${pid} is left over`);
    return code === 0 ? problems : [`the gateway ended with ${signal ?? code}`, ...problems];
  }

  /** Ends it at once, however it stands; its executors follow. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
