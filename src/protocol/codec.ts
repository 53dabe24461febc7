import { Packr, RESET_BUFFER_MODE } from "msgpackr/pack";
import { CodecError } from "./codec-error.ts";
import { deepestFrame, guardMsgpack, type ValueLimits } from "./guard.ts";
import { isAsciiNatively } from "./native-utf8.ts";
import { assertJsonFits, mayNeedRepair, parseJson, plainCopy, utf8Length } from "./json-guard.ts";

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
  /** Bytes that a text takes at most as a string in an encoded frame. Looks at each character: 1 to 2 ms a million. */
  byteLength(text: string): number;
}

/** The codec of a subprotocol. Throws a `RangeError` for a `frameDepth` that no guard can hold. */
export function createCodec(subprotocol: Subprotocol, limits: ValueLimits): Codec {
  if (limits.frameDepth > deepestFrame) {
    throw new RangeError(`frameDepth: expected at most ${deepestFrame}, got ${limits.frameDepth}`);
  }
  return subprotocol === "cellgate.v1.json" ? jsonCodec(limits) : msgpackCodec(limits);
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
    byteLength: jsonStringLength,
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

function msgpackCodec(limits: ValueLimits): Codec {
  return {
    subprotocol: "cellgate.v1.msgpack",
    encode: (frame) => encodeMsgpack(frame, limits),
    decode(data) {
      if (typeof data === "string") throw new CodecError("text message: cellgate.v1.msgpack expects binary");
      const problem = guardMsgpack(data, limits);
      if (problem !== undefined) throw new CodecError(problem);
      return decodeMsgpack(data);
    },
    byteLength: (text) => 5 + utf8Length(text), // the longest header, of a str32
  };
}

/** What is used of msgpackr's `Packr`. Its own declarations for this subpath are `any` to `nodenext`. */
interface Packing {
  pack(value: unknown, mode: number): Uint8Array;
  unpack(bytes: Uint8Array): unknown;
}

// The subpath, and not the package's own name: that one loads a native addon in Node, which reads some strings
// otherwise than the JavaScript that browsers run, and once loaded it serves every user of msgpackr in the process.
const Packer = Packr as new (options: object) => Packing;

const options = {
  useRecords: false,
  structuredClone: false,
  int64AsType: "number",
  copyBuffers: true,
  encodeUndefinedAsNil: true, // in arrays, as in JSON
  variableMapSize: true,
  skipValues: [undefined], // in objects, as in JSON: absent is not null
};

// Without `moreTypes` a Float64Array is packed as bytes of the right number, of which most are left over from earlier
// frames, and a Set, a RegExp or an Error as an array. With it they become extensions, on which the guard stumbles. A
// function would be packed as nil.
const packr = new Packer({ ...options, moreTypes: true, writeFunction: refuseFunction });

function refuseFunction(): never {
  throw new CodecError("a function is no JSON value");
}

// For a plain copy: nothing in it is to become an extension (with `moreTypes` Node's Uint8Array would), and a field
// named `toJSON` is data.
const plainPackr = new Packer({ ...options, useToJSON: false });

/** Packs from the same place each time, so that one large frame does not make all later ones claim as much memory. */
const reset = RESET_BUFFER_MODE as number;

/**
 * Packs, and guards what was packed: so no extension, no stale memory, no invalid UTF-8 (msgpackr writes a lone
 * surrogate in a short string as it stands) and nothing over a limit goes out, for far less than walking every frame
 * beforehand would cost. Only a frame with something amiss is walked, and packed again.
 */
function encodeMsgpack(frame: object, limits: ValueLimits): Uint8Array {
  const packed = tryToPack(frame);
  if (packed !== undefined && guardMsgpack(packed, limits) === undefined) return new Uint8Array(packed);
  const repaired = packPlainly(frame, limits);
  const problem = guardMsgpack(repaired, limits);
  if (problem !== undefined) throw new CodecError(problem);
  return new Uint8Array(repaired);
}

/** Nothing for what msgpackr throws on: a cycle, a symbol, a function, and data with a field `toJSON` in some forms. */
function tryToPack(frame: object): Uint8Array | undefined {
  try {
    return packr.pack(frame, reset);
  } catch {
    return undefined;
  }
}

function packPlainly(frame: object, limits: ValueLimits): Uint8Array {
  try {
    return plainPackr.pack(plainCopy(frame, limits.frameDepth), reset);
  } catch (cause) {
    throw cause instanceof CodecError ? cause : notPlain(cause);
  }
}

/** The value of bytes that the guard let through. */
function decodeMsgpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(hasMark(bytes) ? new MarkKeeper(bytes.buffer, bytes.byteOffset, bytes.length) : bytes);
  } catch (cause) {
    // The tests know of no such bytes. Were there any, they would cost their sender a frame, not everyone the gateway.
    throw new CodecError(`the decoder failed: ${String(cause)}`, { cause });
  }
}

/** Whether U+FEFF, the byte order mark, is anywhere in these bytes. */
function hasMark(bytes: Uint8Array): boolean {
  if (isAsciiNatively(bytes) === true) return false;
  for (let at = bytes.indexOf(0xef); at !== -1; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) return true;
  }
  return false;
}

/**
 * Bytes of which msgpackr reads a string whole that begins with a byte order mark. Strings over 64 bytes it hands to a
 * `TextDecoder`, as a subarray, and that swallows a leading mark; of two it swallows the first.
 */
class MarkKeeper extends Uint8Array<ArrayBufferLike> {
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  override subarray(start?: number, end?: number): Uint8Array {
    const view = super.subarray(start, end);
    if (view[0] !== 0xef || view[1] !== 0xbb || view[2] !== 0xbf) return view;
    const doubled = new Uint8Array(view.length + 3);
    doubled.set(view, 3);
    doubled.set(view.subarray(0, 3));
    return doubled;
  }
}
