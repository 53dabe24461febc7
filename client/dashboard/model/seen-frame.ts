import type { WatchedFrame } from "../../index.ts";
import type { ClientFrame } from "../../../src/protocol/client-frames.ts";
import { type Codec, createCodec, type Subprotocol } from "../../../src/protocol/codec.ts";
import { defaultLimits } from "../../../src/protocol/limits.ts";
import type { ServerFrame } from "../../../src/protocol/server-frames.ts";

/** A frame of the session that is watched, or of a trace. */
export type SeenFrame = WatchedFrame;

/** As large as a gateway can be told to take: what was on the wire passed its limits. */
const limits = { ...defaultLimits, frameBytes: 2 ** 30, frameNodes: 2 ** 30 };

const codecs: { readonly [Name in Subprotocol]: Codec } = {
  "cellgate.v1.msgpack": createCodec("cellgate.v1.msgpack", limits),
  "cellgate.v1.json": createCodec("cellgate.v1.json", limits),
};

/** What a message says, which comes from a file and may be anything. Throws where it is no message of this subprotocol. */
export function decodeFrame(bytes: Uint8Array, subprotocol: Subprotocol): ClientFrame | ServerFrame {
  const message = subprotocol === "cellgate.v1.json" ? new TextDecoder().decode(bytes) : bytes;
  return codecs[subprotocol].decode(message) as ClientFrame | ServerFrame;
}

/** What a frame says; undefined where its bytes were left out, or are no frame. */
export function frameIn(frame: SeenFrame): ClientFrame | ServerFrame | undefined {
  try {
    return frame.decode();
  } catch {
    return undefined;
  }
}
