import { isAscii } from "node:buffer";
import type { Duplex } from "node:stream";
import { MAX_MESSAGE_BYTES } from "../protocol/limits.ts";

/** Bytes in front of each message: the lengths of its JSON and of its text, unsigned 32-bit integers, big-endian. */
const HEADER = 8;

/** What is sent at once is joined up to here. */
const MAX_JOINED_BYTES = 64 * 1024;

const nothing = Buffer.alloc(0);

/**
 * Messages over a stream between the gateway and an executor process: JSON, and beside it a text where there is a long
 * one, which JSON would escape and then read again, character by character. Chunks are kept in a list until a message is
 * whole, since joining them at each arrival would copy a large one many times over.
 */
export class Framing<Incoming, Outgoing> {
  readonly #stream: Duplex;
  readonly #receive: (message: Incoming, text: string) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that `#chunks` must hold before there is something to read. */
  #needed = HEADER;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;

  /** Calls `receive` with each message that comes. What is no message, or makes `receive` throw, ends the stream. */
  constructor(stream: Duplex, receive: (message: Incoming, text: string) => void) {
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

  /** Messages sent by one callback of the event loop travel in one write. `text` is well-formed. */
  send(message: Outgoing, text = ""): void {
    const json = Buffer.from(JSON.stringify(message));
    const raw = text === "" ? nothing : Buffer.from(text);
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(json.length);
    header.writeUInt32BE(raw.length, 4);
    if (this.#outgoing.length === 0) queueMicrotask(() => this.#flush());
    this.#outgoing.push(header, json, raw);
    this.#outgoingBytes += header.length + json.length + raw.length;
  }

  /** Bytes of messages that the other end has not taken yet. */
  get unsentBytes(): number {
    return this.#outgoingBytes + this.#stream.writableLength;
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    // Small ones are joined, for a write costs more than a copy; of large ones the copy does.
    const chunks = this.#outgoingBytes <= MAX_JOINED_BYTES ? [Buffer.concat(outgoing)] : outgoing;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    if (!this.#stream.writable) return;
    this.#stream.cork();
    for (const chunk of chunks) this.#stream.write(chunk);
    this.#stream.uncork();
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const jsonEnd = bytes.length < HEADER ? HEADER : HEADER + bytes.readUInt32BE(0);
      this.#needed = bytes.length < HEADER ? HEADER : jsonEnd + bytes.readUInt32BE(4);
      if (this.#needed > MAX_MESSAGE_BYTES) throw new Error(`a message of ${this.#needed} bytes`);
      if (bytes.length < this.#needed || bytes.length < HEADER) break;
      const json = bytes.toString("utf8", HEADER, jsonEnd);
      const text = textOf(bytes.subarray(jsonEnd, this.#needed));
      bytes = bytes.subarray(this.#needed);
      this.#receive(JSON.parse(json) as Incoming, text);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
  }
}

/** Most texts are ASCII, which is read twice as fast as UTF-8 and takes half of the memory. */
function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
}
