import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command line of the gateway, as a source or as built. */
const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`../../src/main.${extension}`, import.meta.url));

/** A gateway ends within its time to drain, which is none here, and what it has to close. */
const stopMs = 10_000;

/** The gateway did not start. The message has what it said. */
export class SpawnError extends Error {
  override readonly name = "SpawnError";
}

/** A gateway of the load's own. It ends with the load, however that ends. */
export class SpawnedGateway {
  readonly url: string;
  readonly token: string;
  readonly flags: readonly string[];
  readonly #child: ChildProcess;
  readonly #kill = () => void this.#child.kill("SIGKILL");

  /** Starts it on a free port, and resolves when it serves. Rejects with {@link SpawnError}. */
  static async start(flags: readonly string[]): Promise<SpawnedGateway> {
    const token = randomBytes(24).toString("base64url");
    const all = ["--port=0", "--log-level=error", "--drain-ms=1", ...flags];
    const child = fork(program, all, {
      // Its channel tells it when this process is gone, even if that was killed; an interrupt from the terminal is for this
      // process alone, which ends it when the load has come to its end.
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, CELLGATE_TOKEN: token },
      execArgv: [],
    });
    const kill = () => void child.kill("SIGKILL");
    process.once("exit", kill);
    let [out, err] = ["", ""];
    child.stderr?.on("data", (chunk: Buffer) => (err = (err + chunk.toString()).slice(-4_000)));
    const url = await new Promise<string | undefined>((resolve) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        const ready = /ready at (ws:\S+)/.exec(out)?.[1];
        if (ready !== undefined) resolve(ready);
      });
      child.once("exit", () => resolve(undefined));
    });
    process.off("exit", kill);
    if (url === undefined) throw new SpawnError(`the gateway did not start: ${err.trim()}`);
    return new SpawnedGateway(child, url, token, flags);
  }

  private constructor(child: ChildProcess, url: string, token: string, flags: readonly string[]) {
    this.#child = child;
    this.url = url;
    this.token = token;
    this.flags = flags;
    process.once("exit", this.#kill);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it: gently, and after ten seconds by force. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      const exited = once(this.#child, "exit");
      const timer = setTimeout(this.#kill, stopMs);
      this.#child.kill("SIGINT");
      await exited;
      clearTimeout(timer);
    }
    process.off("exit", this.#kill);
  }
}
