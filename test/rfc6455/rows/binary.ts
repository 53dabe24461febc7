import { encode } from "@msgpack/msgpack";
import { opcodes, rawFrame } from "../../support/raw-frame.ts";
import { type Category, closed, continuation, more, PING, ping, pong, text } from "../row.ts";

const packed = encode({ type: "ping" });
const first = rawFrame(opcodes.binary, packed.subarray(0, 3), more);
const last = continuation(packed.subarray(3));
/** Frames of the gateway over msgpack are told by their opcode alone. */
const answer = "opcode 2";

/** Those of the binary subprotocol. */
export const binary: Category = {
  title: "binary messages",
  subprotocol: "cellgate.v1.msgpack",
  rows: [
    { section: "5.6", sent: "a binary message", bytes: [rawFrame(opcodes.binary, packed)], expected: [answer] },
    { section: "5.4", sent: "one in fragments", bytes: [first, last], expected: [answer] },
    {
      section: "5.4",
      sent: "one with a ping between fragments",
      bytes: [first, ping("x"), last],
      expected: [pong("x"), answer],
    },
    { section: "5.4", sent: "a text message within it", bytes: [first, text(PING)], expected: [closed(1002)] },
    {
      section: "5.6",
      sent: "bytes that are no UTF-8, and no frame",
      bytes: [rawFrame(opcodes.binary, Buffer.from([0xff]))],
      expected: [answer],
    },
    { section: "5.6", sent: "a text message, which msgpack has not", bytes: [text(PING)], expected: [answer] },
    {
      section: "8.1",
      sent: "a text message that is no UTF-8",
      bytes: [text(Buffer.from([0xff]))],
      expected: [closed(1007)],
    },
  ],
};
