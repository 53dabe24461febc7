import { isUtf8 } from "node:buffer";
import type { Duplex } from "node:stream";
import { MAX_MESSAGE_BYTES } from "../protocol/limits.ts";
import { Utf8Text } from "../protocol/utf8-text.ts";

/** Bytes in front of each message: the lengths of its JSON and of its text, unsigned 32-bit integers, big-endian. */
const HEADER = 8;

/** What is sent at once is joined up to here. */
const MAX_JOINED_BYTES = 64 * 1024;

/** To release smaller ones is not worth the time. */
const LARGE_CHUNK = 16 * 1024;

const nothing = Buffer.alloc(0);

/** Hears a message, and the text that came beside it, if any did. */
export type Receive<Message> = (message: Message, text: Utf8Text | undefined) => void;

/**
 * Messages over a stream between the gateway and an executor process: JSON, and beside it a text where there is a long
 * one, which JSON would escape and then read again, character by character. It stays the bytes that it is on the stream.
 * A message that comes in several chunks is put together in memory of its own, as soon as its lengths are known.
 */
export class Framing<Incoming, Outgoing> {
  readonly #stream: Duplex;
  readonly #receive: Receive<Incoming>;
  readonly #allocate: (bytes: number) => Uint8Array;
  /** Bytes of lengths that are not there as a whole. */
  #head: Buffer = nothing;
  /** The message that is not there as a whole. */
  #partial: Buffer | undefined;
  /** Bytes of it that are there. */
  #filled = 0;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;

  /**
   * Calls `receive` with each message that comes. What is no message, or makes `receive` throw, ends the stream. `allocate`
   * gives the memory of a message that comes in pieces, and so of its text.
   */
  constructor(
    stream: Duplex,
    receive: Receive<Incoming>,
    allocate: (bytes: number) => Uint8Array = (bytes) => Buffer.allocUnsafeSlow(bytes),
  ) {
    this.#stream = stream;
    this.#receive = receive;
    this.#allocate = allocate;
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
    const rest = this.#partial ? this.#fill(this.#partial, chunk) : chunk;
    if (!this.#partial) this.#begin(rest);
    release(chunk);
  }

  /** Takes the messages that are there as a whole, and begins with the one that is not. */
  #begin(chunk: Buffer): void {
    let bytes = this.#head.length > 0 ? Buffer.concat([this.#head, chunk]) : chunk;
    let size = sizeOf(bytes);
    while (size !== undefined && bytes.length >= size) {
      this.#take(bytes.subarray(0, size), false);
      bytes = bytes.subarray(size);
      size = sizeOf(bytes);
    }
    this.#head = size === undefined ? Buffer.from(bytes) : nothing;
    if (size === undefined) return;
    const memory = this.#allocate(size);
    this.#partial = Buffer.from(memory.buffer, memory.byteOffset, size);
    this.#filled = bytes.copy(this.#partial);
  }

  /** Goes on with a message, and returns what is behind it. */
  #fill(message: Buffer, chunk: Buffer): Buffer {
    const missing = message.length - this.#filled;
    this.#filled += chunk.copy(message, this.#filled);
    if (this.#filled < message.length) return nothing;
    this.#partial = undefined;
    this.#take(message, true);
    return chunk.subarray(missing);
  }

  /** `isOwn`: the memory is the message's. Else it is that of a chunk, and what is kept of it is copied. */
  #take(message: Buffer, isOwn: boolean): void {
    const end = HEADER + message.readUInt32BE(0);
    const text = message.subarray(end);
    if (!isUtf8(text)) throw new Error("a text that is no UTF-8");
    // Whoever keeps the text keeps the memory of all that it is a part of.
    const keeps = isOwn && text.length >= message.length / 2;
    const beside = text.length > 0 ? new Utf8Text(keeps ? text : new Uint8Array(text)) : undefined;
    this.#receive(JSON.parse(message.toString("utf8", HEADER, end)) as Incoming, beside);
  }
}

/** Bytes of the message that begins here; undefined where its lengths are not there as a whole. */
function sizeOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER) return undefined;
  const size = HEADER + bytes.readUInt32BE(0) + bytes.readUInt32BE(4);
  if (size > MAX_MESSAGE_BYTES) throw new Error(`a message of ${size} bytes`);
  return size;
}

/**
 * Gives the memory of a large chunk back, of which all was copied: what lies beside the heap makes V8 collect garbage the
 * sooner. A stream makes a new one for each chunk; one that is a part of something else is not ours to release.
 */
function release({ buffer, length }: Buffer): void {
  if (length >= LARGE_CHUNK && buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}
