import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { taskOf, UnsupportedError, type Work } from "../work.ts";
import { bareDialect } from "./bare-cell.ts";
import type { RelayCommand, RelayReport } from "./relay-messages.ts";
import { ServerProcess } from "./server-process.ts";

const serverFile = fileURLToPath(new URL("relay-server.ts", import.meta.url));

const oneAtATime = "runs one cell at a time, to its end";

/**
 * The floor for the way: the same three processes with the same libraries between them (WebSocket, pipe, isolated-vm), and
 * nothing that reads, checks, counts, keeps or bounds what passes.
 */
export const relay: Subject = {
  name: "bare relay",
  about: "floor: the way of a cell's messages through WebSocket, pipe and isolate, with nothing done on it",
  inProcess: false,
  open: () => RelayRuntime.open(),
};

class RelayRuntime implements Runtime {
  readonly roots: readonly number[];
  readonly #server: ServerProcess;
  readonly #socket: WebSocket;
  readonly #host = new HostTools();
  #hear: ((said: RelayReport) => void) | undefined;

  private constructor(server: ServerProcess, socket: WebSocket) {
    this.#server = server;
    this.#socket = socket;
    this.roots = [server.pid];
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#hear?.(JSON.parse(Buffer.from(data as ArrayBuffer).toString()) as RelayReport);
    };
  }

  static async open(): Promise<RelayRuntime> {
    const server = await ServerProcess.start({ command: process.execPath, args: [serverFile] });
    const socket = new WebSocket(server.line);
    await once(socket, "open");
    return new RelayRuntime(server, socket);
  }

  async run(work: Work): Promise<void> {
    if (this.#hear) throw new UnsupportedError(oneAtATime);
    const { source, isDone } = taskOf(work, bareDialect);
    const text = await new Promise<string>((resolve, reject) => {
      let put = "";
      this.#hear = ([kind, text = "", json = "", id = 0]) => {
        if (kind === "text") put = text;
        else if (kind === "notify") this.#host.notify();
        else if (kind === "done") resolve(put);
        else if (kind === "failed") reject(new Error(text));
        else void this.#call(text, json, id);
      };
      this.#send({ source });
    });
    this.#hear = undefined;
    if (!isDone(text)) throw new Error(`unexpected output: ${text.slice(0, 80)}`);
  }

  async spin(): Promise<never> {
    throw new UnsupportedError(oneAtATime);
  }

  async park(): Promise<never> {
    throw new UnsupportedError(oneAtATime);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#server.stop();
  }

  async #call(tool: string, json: string, id: number): Promise<void> {
    this.#send({ id, json: JSON.stringify(await this.#host.answer(tool, JSON.parse(json))) });
  }

  #send(command: RelayCommand): void {
    this.#socket.send(Buffer.from(JSON.stringify(command)));
  }
}
