import type { Duplex } from "node:stream";

/** Bytes of the length in front of each message: an unsigned 32-bit integer, big-endian. */
const HEADER = 4;

/** The largest message has one text of 16 MiB, which JSON makes six times as long where it is control characters. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

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
  #outgoingBytes = 0;

  /** Calls `receive` with each message that comes. What is no message, or makes `receive` throw, ends the stream. */
  constructor(stream: Duplex, receive: (message: Incoming) => void) {
    this.#stream = stream;
    this.#receive = receive;
    stream.on("data", (chunk: Buffer) => {
      try {
        this.#read(chunk);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
  }

  /** Messages sent by one callback of the event loop travel in one write. */
  send(message: Outgoing): void {
    const body = Buffer.from(JSON.stringify(message));
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(body.length);
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
    this.#outgoing.push(header, body);
    this.#outgoingBytes += header.length + body.length;
  }

  /** Bytes of messages that the other end has not taken yet. */
  get unsentBytes(): number {
    return this.#outgoingBytes + this.#stream.writableLength;
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#outgoing);
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      this.#needed = bytes.length < HEADER ? HEADER : HEADER + bytes.readUInt32BE(0);
      if (this.#needed > MAX_MESSAGE_BYTES) throw new Error(`a message of ${this.#needed} bytes`);
      if (bytes.length < this.#needed) break;
      const message = bytes.toString("utf8", HEADER, this.#needed);
      bytes = bytes.subarray(this.#needed);
      this.#receive(JSON.parse(message) as Incoming);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
  }
}
