import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How a server that a subject needs is started. */
export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
}

/** A server in a process of its own that says on its first line where it is. */
export class ServerProcess {
  readonly pid: number;
  /** Its first line. */
  readonly line: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, line: string) {
    this.#child = child;
    this.pid = pid;
    this.line = line;
  }

  /** Rejects when it ends before it has said anything; what it complained of is on this process's own stderr. */
  static async start({ command, args }: ServerOptions): Promise<ServerProcess> {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const started = new AbortController();
    const { signal } = started;
    try {
      const line = await Promise.race([
        once(createInterface(child.stdout), "line", { signal }).then(([text]) => String(text)),
        once(child, "exit", { signal }).then(([code]) => {
          throw new Error(`${args.at(0) ?? command} ended at its start, with ${String(code)}`);
        }),
      ]);
      if (child.pid === undefined) throw new Error(`expected a process of ${command}`);
      return new ServerProcess(child, child.pid, line);
    } finally {
      started.abort();
    }
  }

  /** SIGTERM, and SIGKILL after two seconds. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const force = setTimeout(() => child.kill("SIGKILL"), 2_000);
    child.kill("SIGTERM");
    await once(child, "exit");
    clearTimeout(force);
  }
}
