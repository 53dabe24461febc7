import type { Duplex } from "node:stream";

/** Bytes of the length in front of each message: an unsigned 32-bit integer, big-endian. */
const HEADER = 4;

/**
 * Messages over a stream between the gateway and an executor process: a length, then JSON. Chunks are kept in a list
 * until a message is whole, since joining them at each arrival would copy a large one many times over.
 */
export class Framing<Incoming, Outgoing> {
  readonly #stream: Duplex;
  readonly #receive: (message: Incoming) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that `#chunks` must hold before there is something to read. */
  #needed = HEADER;
  #outgoing: Buffer[] = [];

  /** Calls `receive` with each message that comes. */
  constructor(stream: Duplex, receive: (message: Incoming) => void) {
    this.#stream = stream;
    this.#receive = receive;
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  /** Messages sent in one turn of the event loop travel in one write. */
  send(message: Outgoing): void {
    const body = Buffer.from(JSON.stringify(message));
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(body.length);
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(header, body);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      this.#needed = bytes.length < HEADER ? HEADER : HEADER + bytes.readUInt32BE(0);
      if (bytes.length < this.#needed) break;
      const message = bytes.toString("utf8", HEADER, this.#needed);
      bytes = bytes.subarray(this.#needed);
      this.#receive(JSON.parse(message) as Incoming);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
  }
}
