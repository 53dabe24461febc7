import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HostTools } from "../host-tools.ts";
import type { Runtime, Subject } from "../runtime.ts";
import { taskOf, UnsupportedError, type Work } from "../work.ts";
import { bareDialect, type Send } from "./bare-cell.ts";
import type { RelayCommand, RelayReport } from "./relay-messages.ts";
import { ServerProcess } from "./server-process.ts";

const serverFile = fileURLToPath(new URL("relay-server.ts", import.meta.url));

const toTheirEnd = "runs cells to their end";

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

interface Call {
  readonly cell: number;
  readonly tool: string;
  readonly json: string;
  readonly id: number;
}

class RelayRuntime implements Runtime {
  readonly roots: readonly number[];
  readonly #server: ServerProcess;
  readonly #socket: WebSocket;
  readonly #host = new HostTools();
  readonly #running = new Map<number, Send>();
  /** Cells of each executor. */
  readonly #load: number[];
  #cells = 0;

  private constructor(server: ServerProcess, executors: number, socket: WebSocket) {
    this.#server = server;
    this.#socket = socket;
    this.#load = Array.from({ length: executors }, () => 0);
    this.roots = [server.pid];
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      const [cell, ...said] = JSON.parse(Buffer.from(data as ArrayBuffer).toString()) as RelayReport;
      this.#running.get(cell)?.(...said);
    };
  }

  static async open(): Promise<RelayRuntime> {
    const server = await ServerProcess.start({ command: process.execPath, args: [serverFile] });
    const [executors = "", url = ""] = server.line.split(" ");
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new RelayRuntime(server, Number(executors), socket);
  }

  async run(work: Work): Promise<void> {
    const { source, isDone } = taskOf(work, bareDialect);
    const cell = this.#cells++;
    const executor = this.#load.indexOf(Math.min(...this.#load));
    this.#load[executor] = (this.#load[executor] ?? 0) + 1;
    const text = await new Promise<string>((resolve, reject) => {
      let put = "";
      const hear: Send = (kind, said = "", json = "", id = 0) => {
        if (kind === "text") put = said;
        else if (kind === "notify") this.#host.notify();
        else if (kind === "done") resolve(put);
        else if (kind === "failed") reject(new Error(said));
        else void this.#call(executor, { cell, tool: said, json, id });
      };
      this.#running.set(cell, hear);
      this.#send(executor, { cell, source });
    });
    this.#running.delete(cell);
    this.#load[executor] = (this.#load[executor] ?? 0) - 1;
    if (!isDone(text)) throw new Error(`unexpected output: ${text.slice(0, 80)}`);
  }

  async spin(): Promise<never> {
    throw new UnsupportedError(toTheirEnd);
  }

  async park(): Promise<never> {
    throw new UnsupportedError(toTheirEnd);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#server.stop();
  }

  async #call(executor: number, { cell, tool, json, id }: Call): Promise<void> {
    this.#send(executor, { cell, id, json: JSON.stringify(await this.#host.answer(tool, JSON.parse(json))) });
  }

  #send(executor: number, command: RelayCommand): void {
    this.#socket.send(Buffer.from(`${String.fromCharCode(executor)}${JSON.stringify(command)}`));
  }
}
