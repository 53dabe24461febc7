import { decode } from "@msgpack/msgpack";

/** A frame of the protocol, as much as a proxy knows of it. */
export type AnyFrame = { readonly [field: string]: unknown };

const HEAD = -1;
const TEXT = 1;
const BINARY = 2;
const bareTags: Record<number, string> = { [HEAD]: "upgrade", 8: "ws close", 9: "ws ping", 10: "ws pong" };

/** What one end sent as a whole. */
export class WireMessage {
  /** As it was sent, with the heads of its WebSocket frames. */
  readonly bytes: Buffer;
  readonly #payload: Buffer;
  readonly #opcode: number;
  #frame: AnyFrame | undefined;

  constructor(bytes: Buffer, payload: Buffer, opcode: number) {
    this.bytes = bytes;
    this.#payload = payload;
    this.#opcode = opcode;
  }

  /** May come between two pieces of a message. */
  get isControl(): boolean {
    return this.#opcode >= 8;
  }

  /** What it carries. Without a frame of the protocol it is one of `upgrade` (an HTTP head), `ws ping`, `ws pong`, `ws close`. */
  get frame(): AnyFrame {
    this.#frame ??= this.#read();
    return this.#frame;
  }

  #read(): AnyFrame {
    if (this.#opcode === TEXT) return JSON.parse(this.#payload.toString()) as AnyFrame;
    if (this.#opcode === BINARY) return decode(this.#payload) as AnyFrame;
    return { type: bareTags[this.#opcode] };
  }
}

/** An HTTP head, or a WebSocket frame. */
export interface WirePiece {
  readonly bytes: Buffer;
  /** The message that ends with it. */
  readonly message: WireMessage | undefined;
}

/** Reads what one end sends: the head of its HTTP message, and then WebSocket frames (RFC 6455, section 5.2). */
export class WireReader {
  #unread = Buffer.alloc(0);
  #hasHead = false;
  /** Of the message under way: its pieces, what they carry, and its kind. */
  #pieces: Buffer[] = [];
  #payloads: Buffer[] = [];
  #opcode = 0;

  /** The pieces that are there as a whole now. */
  *take(chunk: Buffer): Generator<WirePiece> {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let piece; (piece = this.#hasHead ? this.#nextFrame() : this.#nextHead());) yield piece;
  }

  #nextHead(): WirePiece | undefined {
    const end = this.#unread.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    this.#hasHead = true;
    const bytes = this.#shift(end + 4);
    return { bytes, message: new WireMessage(bytes, bytes, HEAD) };
  }

  #nextFrame(): WirePiece | undefined {
    const unread = this.#unread;
    if (unread.length < 2) return undefined;
    const short = unread[1]! & 0x7f;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const start = 2 + lengthBytes + (unread[1]! & 0x80 ? 4 : 0);
    if (unread.length < start) return undefined;
    const length = lengthBytes === 0 ? short : lengthBytes === 2 ? unread.readUInt16BE(2) : unread.readUInt32BE(6);
    if (unread.length < start + length) return undefined;
    const bytes = this.#shift(start + length);
    return { bytes, message: this.#join(bytes, payloadOf(bytes, start)) };
  }

  #join(bytes: Buffer, payload: Buffer): WireMessage | undefined {
    const opcode = bytes[0]! & 0x0f;
    if (opcode >= 8) return new WireMessage(bytes, payload, opcode);
    if (opcode > 0) this.#opcode = opcode;
    this.#pieces.push(bytes);
    this.#payloads.push(payload);
    if ((bytes[0]! & 0x80) === 0) return undefined;
    return new WireMessage(
      Buffer.concat(this.#pieces.splice(0)),
      Buffer.concat(this.#payloads.splice(0)),
      this.#opcode,
    );
  }

  #shift(length: number): Buffer {
    const bytes = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return bytes;
  }
}

/** What a frame carries behind its head. A client's is masked, by the last four bytes of the head. */
function payloadOf(bytes: Buffer, start: number): Buffer {
  const payload = Buffer.from(bytes.subarray(start));
  if ((bytes[1]! & 0x80) === 0) return payload;
  return payload.map((byte, at) => byte ^ bytes[start - 4 + (at & 3)]!) as Buffer;
}
