import { clientFrameChecks } from "../protocol/client-frame-checks.ts";
import type { ClientFrame } from "../protocol/client-frames.ts";
import { CodecError } from "../protocol/codec-error.ts";
import { type Codec, createCodec, type Subprotocol } from "../protocol/codec.ts";
import { type FrameChecks, type Reading, readFrame } from "../protocol/frame-check.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/server-frames.ts";
import { msgpackr } from "./msgpackr.ts";

/** How frames are read from messages, and written as such. All sockets share it, for it is larger than a whole turn. */
export class Dialect {
  readonly subprotocol: Subprotocol;
  readonly #codec: Codec;
  readonly #checks: FrameChecks<ClientFrame>;

  constructor(subprotocol: Subprotocol, limits: Limits) {
    this.subprotocol = subprotocol;
    this.#codec = createCodec(subprotocol, limits, msgpackr);
    this.#checks = clientFrameChecks(limits);
  }

  /** A client's frame, or what is wrong with it. */
  read(message: Buffer, isBinary: boolean): Reading<ClientFrame> {
    try {
      return readFrame(this.#codec.decode(isBinary ? message : message.toString()), this.#checks);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { refusal: { code: "bad_frame", message: `frame: ${error.message}` } };
    }
  }

  /** A message of its own, or undefined where the frame is over the limits. */
  write(frame: ServerFrame): Uint8Array | undefined {
    try {
      const encoded = this.#codec.encode(frame);
      return typeof encoded === "string" ? Buffer.from(encoded) : encoded;
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  /** See {@link Codec.byteLength}. */
  byteLength(text: string): number {
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
