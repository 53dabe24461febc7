import { CodecError } from "./codec-error.ts";
import { deepestFrame, guardMsgpack, type ValueLimits } from "./guard.ts";
import { assertJsonFits, mayNeedRepair, parseJson, plainCopy, utf8Length } from "./json-guard.ts";
import { type Packing, plainPacking } from "./packing.ts";
import type { Utf8Text } from "./utf8-text.ts";

/** How frames are written on a socket: binary messages of msgpack, or text messages of JSON. */
export type Subprotocol = "cellgate.v1.msgpack" | "cellgate.v1.json";

/**
 * Turns frames into messages and back, within the limits it was made with, which hold in both directions.
 *
 * A frame to encode is made of JSON values (msgpack takes a `Uint8Array` as well, though no frame of v1 has one), and
 * whoever has values from elsewhere checks them first; but whatever it is given, msgpack sends no extension, no invalid
 * UTF-8 and no memory that is not the frame's. Properties that are `undefined` are left out. The message is a copy of
 * its own, to send or to keep. What was decoded came from outside: it is a plain value, and no more is known about it.
 */
export interface Codec {
  readonly subprotocol: Subprotocol;
  /** Throws a {@link CodecError} if the frame is over a limit, or if something in it cannot be written. */
  encode(frame: object): Uint8Array | string;
  /** Throws a {@link CodecError} for whatever is no frame: the wrong kind of message, broken, hostile or too large. */
  decode(data: Uint8Array | string): unknown;
  /**
   * Bytes that a text takes at most as a string in an encoded frame. Looks at each character: 1 to 2 ms a million. In
   * msgpack a {@link Utf8Text} is as long as it says.
   */
  byteLength(text: string | Utf8Text): number;
}

/** The codec of a subprotocol. Throws a `RangeError` for a `frameDepth` that no guard can hold. */
export function createCodec(subprotocol: Subprotocol, limits: ValueLimits, packing: Packing = plainPacking): Codec {
  if (limits.frameDepth > deepestFrame) {
    throw new RangeError(`frameDepth: expected at most ${deepestFrame}, got ${limits.frameDepth}`);
  }
  return subprotocol === "cellgate.v1.json" ? jsonCodec(limits) : msgpackCodec(limits, packing);
}

function jsonCodec(limits: ValueLimits): Codec {
  return {
    subprotocol: "cellgate.v1.json",
    encode(frame) {
      let text = stringify(frame);
      // A lone surrogate goes out as an escape, and not every JSON parser takes that.
      if (mayNeedRepair(text)) text = stringify(plainCopy(frame, limits.frameDepth));
      assertJsonFits(text, limits);
      return text;
    },
    decode(data) {
      if (typeof data !== "string") throw new CodecError("binary message: cellgate.v1.json expects text");
      return parseJson(data, limits);
    },
    byteLength: (text) => jsonStringLength(text.toString()),
  };
}

function stringify(frame: unknown): string {
  try {
    return JSON.stringify(frame);
  } catch (cause) {
    throw notPlain(cause);
  }
}

/** For a cycle, a BigInt, or a `toJSON` that throws. */
const notPlain = (cause: unknown): CodecError => new CodecError(`expected JSON values: ${String(cause)}`, { cause });

/** UTF-8 bytes of a JSON string with its quotes. */
function jsonStringLength(text: string): number {
  let bytes = 2 + utf8Length(text);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20) bytes += 5; // \u0000; those that have a short form take less
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
  }
  return bytes;
}

function msgpackCodec(limits: ValueLimits, packing: Packing): Codec {
  return {
    subprotocol: "cellgate.v1.msgpack",
    encode: (frame) => encodeMsgpack(frame, limits, packing),
    decode(data) {
      if (typeof data === "string") throw new CodecError("text message: cellgate.v1.msgpack expects binary");
      const problem = guardMsgpack(data, limits);
      if (problem !== undefined) throw new CodecError(problem);
      return decodeMsgpack(data, packing);
    },
    // Behind the longest header, of a str32.
    byteLength: (text) => 5 + (typeof text === "string" ? utf8Length(text) : text.length),
  };
}

/**
 * Packs, and guards what was packed: so nothing over a limit goes out, no extension, no stale memory and no invalid
 * UTF-8, for far less than walking every frame beforehand would cost. Only a frame with something amiss is walked, and
 * packed again.
 */
function encodeMsgpack(frame: object, limits: ValueLimits, packing: Packing): Uint8Array {
  const packed = tryToPack(frame, packing);
  if (packed !== undefined && guardMsgpack(packed, limits) === undefined) return packed;
  const repaired = packPlainly(frame, limits, packing);
  const problem = guardMsgpack(repaired, limits);
  if (problem !== undefined) throw new CodecError(problem);
  return repaired;
}

/** Nothing for what the packing throws on: a cycle, a symbol, a function, and much of what has a `toJSON`. */
function tryToPack(frame: object, packing: Packing): Uint8Array | undefined {
  try {
    return packing.pack(frame);
  } catch {
    return undefined;
  }
}

function packPlainly(frame: object, limits: ValueLimits, packing: Packing): Uint8Array {
  try {
    return packing.packPlain(plainCopy(frame, limits.frameDepth));
  } catch (cause) {
    throw cause instanceof CodecError ? cause : notPlain(cause);
  }
}

/** The value of bytes that the guard let through. */
function decodeMsgpack(bytes: Uint8Array, packing: Packing): unknown {
  try {
    return packing.unpack(bytes);
  } catch (cause) {
    // The tests know of no such bytes. Were there any, they would cost their sender a frame, not everyone the gateway.
    throw new CodecError(`the decoder failed: ${String(cause)}`, { cause });
  }
}
