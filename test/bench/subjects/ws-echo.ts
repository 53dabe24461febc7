import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Runtime, Subject } from "../runtime.ts";
import { UnsupportedError, type Work } from "../work.ts";
import { ServerProcess } from "./server-process.ts";

const serverFile = fileURLToPath(new URL("ws-echo-server.ts", import.meta.url));

/** Bytes of a frame as a cell, a call or a notification needs it. */
const frameBytes = 100;

/** The floor for the socket: as many messages as the work needs, from the same client to the same server library. */
export const wsEcho: Subject = {
  name: "ws echo",
  about: "floor: as many messages through a WebSocket, without cells",
  inProcess: false,
  open: () => WsEchoRuntime.open(),
};

class WsEchoRuntime implements Runtime {
  readonly roots: readonly number[];
  readonly #server: ServerProcess;
  readonly #socket: WebSocket;
  readonly #pending = new Map<string, { left: number; done: () => void }>();
  #last = 0;

  private constructor(server: ServerProcess, socket: WebSocket) {
    this.#server = server;
    this.#socket = socket;
    this.roots = [server.pid];
    socket.onmessage = ({ data }) => this.#receive(String(data));
  }

  static async open(): Promise<WsEchoRuntime> {
    const server = await ServerProcess.start({ command: process.execPath, args: [serverFile] });
    const socket = new WebSocket(server.line);
    await once(socket, "open");
    return new WsEchoRuntime(server, socket);
  }

  async run(work: Work): Promise<void> {
    switch (work.type) {
      case "noop":
        return this.#ask(1, frameBytes);
      case "calls":
        // The cell's own way there and back, then the calls'.
        for (let trip = 0; trip <= work.count; trip++) await this.#ask(1, frameBytes);
        return;
      case "parallel":
        await Promise.all(Array.from({ length: work.count }, () => this.#ask(1, frameBytes)));
        return;
      case "notifications":
        return this.#ask(work.count, frameBytes);
      case "text":
        return this.#ask(1, work.bytes);
      case "naps":
      case "cpu":
        throw new UnsupportedError("runs no cells");
      default:
        return work satisfies never;
    }
  }

  async spin(): Promise<never> {
    throw new UnsupportedError("runs no cells");
  }

  async park(): Promise<void> {
    throw new UnsupportedError("runs no cells");
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#server.stop();
  }

  #ask(count: number, bytes: number): Promise<void> {
    const id = `${++this.#last}`;
    return new Promise((done) => {
      this.#pending.set(id, { left: count, done });
      this.#socket.send(`${id} ${count} ${bytes} ${"x".repeat(frameBytes)}`);
    });
  }

  #receive(message: string): void {
    const id = message.slice(0, message.indexOf(" "));
    const pending = this.#pending.get(id);
    if (!pending || --pending.left > 0) return;
    this.#pending.delete(id);
    pending.done();
  }
}
