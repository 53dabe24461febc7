import { Packr, RESET_BUFFER_MODE } from "msgpackr/pack";
import { CodecError } from "../protocol/codec-error.ts";
import { allocateMessage } from "../protocol/large-memory.ts";
import { MsgpackWriter } from "../protocol/msgpack-writer.ts";
import { isAsciiNatively } from "../protocol/native-utf8.ts";
import type { Packing } from "../protocol/packing.ts";
import { Utf8Text } from "../protocol/utf8-text.ts";

/** What is used of msgpackr's `Packr`. Its own declarations for this subpath are `any` to `nodenext`. */
interface PackrLike {
  pack(value: unknown, mode: number): Uint8Array;
  unpack(bytes: Uint8Array): unknown;
}

// The subpath, and not the package's own name: that one loads a native addon in Node, which reads some strings
// otherwise than the JavaScript that browsers run, and once loaded it serves every user of msgpackr in the process.
const Packer = Packr as new (options: object) => PackrLike;

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
// function would be packed as nil, and a lone surrogate in a short string is packed as it stands: the guard sees that.
const packr = new Packer({ ...options, moreTypes: true, writeFunction: refuseFunction });

function refuseFunction(): never {
  throw new CodecError("a function is no JSON value");
}

// For a plain copy: nothing in it is to become an extension (with `moreTypes` Node's Uint8Array would), and a field
// named `toJSON` is data.
const plainPackr = new Packer({ ...options, useToJSON: false });

/** Packs from the same place each time, so that one large frame does not make all later ones claim as much memory. */
const reset = RESET_BUFFER_MODE as number;

/** For what has texts as bytes, of which msgpackr would make strings first. */
const writer = new MsgpackWriter(allocateMessage);

/** The gateway's packing, with msgpackr. */
export const msgpackr: Packing = {
  pack: (value) => (hasBytes(value) ? writer.write(value) : copyOf(packr.pack(value, reset))),
  packPlain: (value) => copyOf(plainPackr.pack(value, reset)),
  unpack: (bytes) =>
    packr.unpack(hasMark(bytes) ? new MarkKeeper(bytes.buffer, bytes.byteOffset, bytes.length) : bytes),
};

/** msgpackr uses its memory again for the next frame. */
function copyOf(packed: Uint8Array): Uint8Array {
  const copy = allocateMessage(packed.length);
  copy.set(packed);
  return copy;
}

/** Whether a frame has content with a text as bytes. */
function hasBytes(frame: unknown): boolean {
  const { content } = frame as { readonly content?: unknown };
  return Array.isArray(content) && content.some(({ text, imageUrl }) => (text ?? imageUrl) instanceof Utf8Text);
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
