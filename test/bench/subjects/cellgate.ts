import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, type Turn } from "../../../client/index.ts";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { type Dialect, taskOf, UnsupportedError, type Work } from "../work.ts";
import { ServerProcess } from "./server-process.ts";

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** Of the 128 live cells that a session may have; the rest is for what is measured meanwhile. */
const parkedPerSession = 100;

const dialect: Dialect = {
  call: (tool, argument) => `tools.${tool}(${argument})`,
  text: (expression) => `text(${expression});`,
  notify: (expression) => `notify(${expression})`,
};

/** The gateway in a process of its own, with these flags, and the SDK as its client. */
export function cellgate({ name, about, flags }: { name: string; about: string; flags: string[] }): Subject {
  return { name, about, inProcess: false, open: () => CellgateRuntime.open(flags) };
}

class CellgateRuntime implements Runtime {
  readonly roots: readonly number[];
  readonly #server: ServerProcess;
  readonly #turn: Turn;
  readonly #host: HostTools;
  readonly #parkedIn: Turn[] = [];

  private constructor(server: ServerProcess, turn: Turn, host: HostTools) {
    this.#server = server;
    this.#turn = turn;
    this.#host = host;
    this.roots = [server.pid];
  }

  static async open(flags: readonly string[]): Promise<CellgateRuntime> {
    await refuseUnknown(flags);
    const server = await ServerProcess.start({ command: process.execPath, args: [main, "--port", "0", ...flags] });
    const host = new HostTools();
    try {
      return new CellgateRuntime(server, await turnOf(server, host), host);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async run(work: Work): Promise<void> {
    const { source, isDone } = taskOf(work, dialect);
    const heard = work.type === "notifications" ? this.#host.notified(work.count) : undefined;
    const { error, text } = await this.#turn.run(source);
    if (error) throw new Error(`${error.code}: ${error.message}`);
    if (!isDone(text)) throw new Error(`unexpected output: ${text.slice(0, 80)}`);
    await heard;
  }

  async spin(): Promise<() => Promise<void>> {
    const { cellId } = await this.#turn.execute("while (true) {}", { yieldMs: 30 });
    return async () => {
      const { type } = await this.#turn.terminate(cellId);
      if (type !== "terminated") throw new Error(`expected terminated, got ${type}`);
    };
  }

  async park(count: number): Promise<void> {
    for (let left = count; left > 0; left -= parkedPerSession) {
      const turn = await turnOf(this.#server, this.#host);
      this.#parkedIn.push(turn);
      const batch = Math.min(left, parkedPerSession);
      const parked = this.#host.parked(batch);
      const ended = Array.from({ length: batch }, async () => {
        const { error, type } = await turn.run("await tools.park(1)");
        throw new Error(`a parked cell ended: ${error?.message ?? type}`);
      });
      // Until all are parked; what becomes of them after that is the close of their turn.
      await Promise.race([parked, ...ended]);
      for (const end of ended) end.catch(() => {});
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#turn, ...this.#parkedIn].map((turn) => turn.close()));
    await this.#server.stop();
  }
}

async function turnOf(server: ServerProcess, host: HostTools): Promise<Turn> {
  const [, url = "", token = ""] = /at (\S+) with token (\S+)/.exec(server.line) ?? [];
  const tool = (run: (input: unknown) => unknown) => ({ description: "", run });
  const tools = { echo: tool(host.echo), nap: tool(host.nap), park: tool(host.park) };
  return connect(url, { token, tools, onNotify: host.notify });
}

/** So that an option that this gateway has not got shows as a gap, and not as a failure. */
async function refuseUnknown(flags: readonly string[]): Promise<void> {
  const [flag] = flags;
  if (flag === undefined) return;
  const { stdout } = await promisify(execFile)(process.execPath, [main, "--help"]);
  if (!stdout.includes(`${flag} `)) throw new UnsupportedError(`this gateway has no ${flag}`);
}
