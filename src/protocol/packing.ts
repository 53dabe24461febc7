import { MsgpackReader } from "./msgpack-reader.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";

/**
 * Values to msgpack and back, between the guards of a codec: what was packed is guarded before it goes out, and bytes
 * before they are unpacked. So it may write what no frame has, and read badly what the guard refuses.
 */
export interface Packing {
  /**
   * Leaves properties out that are `undefined`. The bytes are its own. Throws on what it cannot write, whereupon the codec
   * has a plain copy packed.
   */
  pack(value: unknown): Uint8Array;
  /** The same for what `plainCopy` made: nothing in it is to become an extension, and a field `toJSON` is data. */
  packPlain(value: unknown): Uint8Array;
  /** The value of bytes that the guard let through, none of them a view of these. */
  unpack(bytes: Uint8Array): unknown;
}

const writer = new MsgpackWriter();
const reader = new MsgpackReader();

const pack = (value: unknown): Uint8Array => writer.write(value);

/**
 * A packing of just what frames are made of. Clients have it: msgpackr, which the gateway has, is no faster, makes
 * functions of text, as a page's CSP forbids, and would be two fifths of all that a page loads.
 */
export const plainPacking: Packing = { pack, packPlain: pack, unpack: (bytes) => reader.read(bytes) };
