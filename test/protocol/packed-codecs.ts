import { msgpackr } from "../../src/gateway/msgpackr.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { type Packing, plainPacking } from "../../src/protocol/packing.ts";

export const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };

/** All packings that there are, each behind the name of who has it. */
export const packings: [name: string, packing: Packing][] = [
  ["client", plainPacking],
  ["gateway", msgpackr],
];

/** The codecs of both subprotocols, and what msgpack makes of a frame, in hex. */
export function codecsOf(packing: Packing) {
  const msgpack = createCodec("cellgate.v1.msgpack", limits, packing);
  const json = createCodec("cellgate.v1.json", limits);
  const packed = (frame: object): string => Buffer.from(msgpack.encode(frame) as Uint8Array).toString("hex");
  return { msgpack, json, both: [msgpack, json], packed };
}
