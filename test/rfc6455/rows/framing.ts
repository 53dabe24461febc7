import { opcodes, rawFrame } from "../../support/raw-frame.ts";
import {
  answered,
  ASK,
  type Category,
  closed,
  filling,
  PING,
  ping,
  pong,
  refused,
  type Row,
  said,
  say,
  text,
} from "../row.ts";

/** A message of so many bytes, whose length is told in `lengthBytes`. */
function ofLength(bytes: number, lengthBytes: 0 | 2 | 8): Row {
  const what = filling(bytes);
  return {
    section: "5.2",
    sent: `${bytes} bytes, their number in ${lengthBytes === 0 ? "7 bits" : `${lengthBytes} bytes`}`,
    bytes: [text(say(what), { lengthBytes }), ASK],
    expected: [said(what)],
  };
}

const lengths: Category = {
  title: "lengths",
  rows: [
    { section: "5.2", sent: "no bytes", bytes: [text("")], expected: [refused] },
    { section: "5.2", sent: "1 byte", bytes: [text("1")], expected: [refused] },
    ofLength(100, 0),
    ofLength(125, 0),
    ofLength(126, 2),
    ofLength(127, 2),
    ofLength(128, 2),
    ofLength(65_535, 2),
    ofLength(65_536, 8),
    ofLength(70_000, 8),
    // The RFC has the sender write no more bytes than it needs, and has nothing for a receiver that meets more.
    ofLength(125, 2),
    ofLength(125, 8),
    ofLength(126, 8),
    ofLength(65_535, 8),
    {
      section: "5.2",
      sent: "no bytes, their number in 8 bytes",
      bytes: [text("", { lengthBytes: 8 })],
      expected: [refused],
    },
    {
      section: "5.2",
      sent: "a length with the highest bit set",
      bytes: [text("", { lengthBytes: 8, length: 1n << 63n })],
      expected: [closed(1009)],
    },
    {
      section: "5.2",
      sent: "a length of 2^64 - 1",
      bytes: [text("", { lengthBytes: 8, length: (1n << 64n) - 1n })],
      expected: [closed(1009)],
    },
  ],
};

const masks: Category = {
  title: "masks",
  rows: [
    { section: "5.3", sent: "a mask of zeros", bytes: [text(PING, { mask: Buffer.alloc(4) })], expected: [answered] },
    {
      section: "5.3",
      sent: "a mask of ones",
      bytes: [text(PING, { mask: Buffer.alloc(4, 0xff) })],
      expected: [answered],
    },
    {
      section: "5.3",
      sent: "another mask for each frame",
      bytes: [text(PING, { mask: Buffer.from([1, 2, 3, 4]) }), text(PING, { mask: Buffer.from([9, 8, 7, 6]) })],
      expected: [answered, answered],
    },
    { section: "5.1", sent: "text that is not masked", bytes: [text(PING, { mask: null })], expected: [closed(1002)] },
    { section: "5.1", sent: "nothing that is not masked", bytes: [text("", { mask: null })], expected: [closed(1002)] },
    { section: "5.1", sent: "a ping that is not masked", bytes: [ping("", { mask: null })], expected: [closed(1002)] },
    {
      section: "5.1",
      sent: "a close that is not masked",
      bytes: [rawFrame(opcodes.close, "", { mask: null })],
      expected: [closed(1002)],
    },
  ],
};

const reservedBits: Category = {
  title: "reserved bits",
  rows: [
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv): Row => ({
      section: "5.2",
      sent: `text with reserved bits ${rsv.toString(2).padStart(3, "0")}`,
      bytes: [text(PING, { rsv }), ping("after")],
      expected: [closed(1002)],
    })),
    { section: "5.2", sent: "a ping with a reserved bit", bytes: [ping("", { rsv: 4 })], expected: [closed(1002)] },
    {
      section: "5.2",
      sent: "a close with a reserved bit",
      bytes: [rawFrame(opcodes.close, "", { rsv: 4 })],
      expected: [closed(1002)],
    },
    {
      section: "5.2",
      sent: "a reserved bit behind a good message",
      bytes: [text(PING), text(PING, { rsv: 1 })],
      expected: [answered, closed(1002)],
    },
  ],
};

const reservedOpcodes: Category = {
  title: "opcodes",
  rows: [
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): Row[] => [
      { section: "5.2", sent: `opcode ${opcode}`, bytes: [rawFrame(opcode), ping("after")], expected: [closed(1002)] },
      {
        section: "5.2",
        sent: `opcode ${opcode} with a payload`,
        bytes: [rawFrame(opcode, PING)],
        expected: [closed(1002)],
      },
    ]),
    {
      section: "5.6",
      sent: "a binary message, which JSON has not",
      bytes: [rawFrame(opcodes.binary, PING), ping("after")],
      expected: [refused, pong("after")],
    },
  ],
};

export const framing: readonly Category[] = [lengths, masks, reservedBits, reservedOpcodes];
