import type { Socket } from "node:net";

/** Counts the bytes of all TCP connections, those that are gone included. */
export class Traffic {
  readonly #sockets = new Set<Socket>();
  #received = 0;
  #sent = 0;

  /** Counts what this connection brings and takes. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#received += socket.bytesRead;
      this.#sent += socket.bytesWritten;
    });
  }

  get received(): number {
    return this.#sum(this.#received, "bytesRead");
  }

  get sent(): number {
    return this.#sum(this.#sent, "bytesWritten");
  }

  #sum(gone: number, count: "bytesRead" | "bytesWritten"): number {
    let sum = gone;
    for (const socket of this.#sockets) sum += socket[count];
    return sum;
  }
}
