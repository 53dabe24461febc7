import type { Readable, Writable } from "node:stream";

/** Messages over a pair of pipes, each after its length in four bytes, the lowest first. */
export class BytesPipe {
  readonly #output: Writable;
  readonly #receive: (message: Buffer) => void;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes of the next message with its length; unknown: four, for the length. */
  #wanted = 4;

  constructor(input: Readable, output: Writable, receive: (message: Buffer) => void) {
    this.#output = output;
    this.#receive = receive;
    input.on("data", (chunk: Buffer) => this.#take(chunk));
    // A pipe that breaks is the end of its process, which is noticed there.
    output.on("error", () => {});
  }

  send(body: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    this.#output.write(Buffer.concat([length, body]));
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    // Joined once a message, and not once a chunk: a long message has many.
    if (this.#size < this.#wanted) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      this.#wanted = bytes.length < 4 ? 4 : 4 + bytes.readUInt32LE(0);
      if (bytes.length < this.#wanted || bytes.length < 4) break;
      const body = bytes.subarray(4, this.#wanted);
      bytes = bytes.subarray(this.#wanted);
      this.#receive(body);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
  }
}

/** The same for messages of JSON. */
export class FramePipe {
  readonly #pipe: BytesPipe;

  constructor(input: Readable, output: Writable, receive: (message: unknown) => void) {
    this.#pipe = new BytesPipe(input, output, (body) => receive(JSON.parse(body.toString())));
  }

  send(message: unknown): void {
    this.#pipe.send(Buffer.from(JSON.stringify(message)));
  }
}
