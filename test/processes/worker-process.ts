import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a worker is to do. */
export interface WorkerOptions {
  readonly url: string;
  readonly token: string;
  /** Cells that are to have run in the end, whoever ran them. */
  readonly cells: number;
  /** Where the session is written down. */
  readonly sessionFile: string;
  /** Where each outcome is written down, one a line, before anything else happens. */
  readonly journal: string;
}

/** A process that runs cells, and goes on with what an earlier one that was killed has left. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;

  constructor(options: WorkerOptions) {
    const program = fileURLToPath(new URL("worker.ts", import.meta.url));
    this.#child = fork(program, [JSON.stringify(options)], { execArgv: [] });
    this.#exited = once(this.#child, "exit");
  }

  /** Kills it after so many steps: calls and outcomes. Resolves when it has ended, with whether it had done all by then. */
  async killAfter(steps: number): Promise<boolean> {
    let taken = 0;
    const onStep = () => {
      if (taken++ === steps) this.kill();
    };
    this.#child.on("message", onStep);
    const [code, signal] = await this.#exited;
    if (code !== 0 && signal !== "SIGKILL") throw new Error(`a worker ended with ${String(signal ?? code)}`);
    return code === 0;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
