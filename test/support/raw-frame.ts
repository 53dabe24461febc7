/** The opcodes of RFC 6455, section 5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a client should set otherwise than this, and a test may. */
export interface RawFrameOptions {
  /** Default: true. */
  readonly fin?: boolean | undefined;
  /** The three reserved bits. Default: 0. */
  readonly rsv?: number | undefined;
  /** Default: one that is not zero, so that a payload that was not unmasked is not the payload. `null`: not masked. */
  readonly mask?: Buffer | null | undefined;
  /** How many bytes behind the second tell the length. Default: as few as can. */
  readonly lengthBytes?: 0 | 2 | 8 | undefined;
  /** What is told as the length. Default: that of the payload. */
  readonly length?: bigint | undefined;
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A frame as a client writes it. */
export function rawFrame(opcode: number, payload: string | Uint8Array = "", options: RawFrameOptions = {}): Buffer {
  const { fin = true, rsv = 0, mask = MASK } = options;
  const body = Buffer.from(payload as string);
  const length = options.length ?? BigInt(body.length);
  const lengthBytes = options.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (!mask) return Buffer.concat([head, body]);
  for (let at = 0; at < body.length; at++) body[at]! ^= mask[at & 3]!;
  return Buffer.concat([head, mask, body]);
}

/** A close frame with a code, and bytes or text behind it. */
export function closeFrame(code: number, reason: string | Uint8Array = ""): Buffer {
  return rawFrame(opcodes.close, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason as string)]));
}
