import type { Readable, Writable } from "node:stream";

/** JSON messages over a pair of pipes, each after its length in four bytes, the lowest first. */
export class FramePipe {
  readonly #output: Writable;
  readonly #receive: (message: unknown) => void;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes of the next message with its length; unknown: four, for the length. */
  #wanted = 4;

  constructor(input: Readable, output: Writable, receive: (message: unknown) => void) {
    this.#output = output;
    this.#receive = receive;
    input.on("data", (chunk: Buffer) => this.#take(chunk));
    // A pipe that breaks is the end of its process, which is noticed there.
    output.on("error", () => {});
  }

  send(message: unknown): void {
    const body = Buffer.from(JSON.stringify(message));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    this.#output.write(Buffer.concat([length, body]));
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Joined once a message, and not once a chunk: a long message has many.
    if (this.#size < this.#wanted) return;
    let bytes = Buffer.concat(this.#chunks);
    for (;;) {
      this.#wanted = bytes.length < 4 ? 4 : 4 + bytes.readUInt32LE(0);
      if (bytes.length < this.#wanted || bytes.length < 4) break;
      const body = bytes.subarray(4, this.#wanted);
      bytes = bytes.subarray(this.#wanted);
      this.#receive(JSON.parse(body.toString()));
    }
    this.#chunks = [bytes];
    this.#size = bytes.length;
  }
}
