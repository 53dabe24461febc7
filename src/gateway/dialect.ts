import { CodecError } from "../protocol/codec-error.ts";
import { type Codec, createCodec, type Subprotocol } from "../protocol/codec.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import type { Message } from "./message.ts";
import { msgpackr } from "./msgpackr.ts";

/** How values are read from messages, and frames written as such. All sockets share it, for it is larger than a whole turn. */
export class Dialect {
  readonly subprotocol: Subprotocol;
  readonly #codec: Codec;

  constructor(subprotocol: Subprotocol, limits: Limits) {
    this.subprotocol = subprotocol;
    this.#codec = createCodec(subprotocol, limits, msgpackr);
  }

  /** What a client's message says, or what is wrong with it. */
  read(bytes: Buffer, isBinary: boolean): Message {
    try {
      return { bytes, value: this.#codec.decode(isBinary ? bytes : bytes.toString()) };
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { bytes, refusal: { code: "bad_frame", message: `frame: ${error.message}` } };
    }
  }

  /** A message of its own, or undefined where the frame is over the limits. */
  write(frame: object): Uint8Array | undefined {
    try {
      const encoded = this.#codec.encode(frame);
      return typeof encoded === "string" ? Buffer.from(encoded) : encoded;
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  /** See {@link Codec.byteLength}. */
  byteLength(text: string | Utf8Text): number {
    return this.#codec.byteLength(text);
  }
}

/** Those of a gateway, by their names. */
export type Dialects = { readonly [Name in Subprotocol]: Dialect };

export function dialects(limits: Limits): Dialects {
  return {
    "cellgate.v1.msgpack": new Dialect("cellgate.v1.msgpack", limits),
    "cellgate.v1.json": new Dialect("cellgate.v1.json", limits),
  };
}
