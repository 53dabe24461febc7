import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arrival } from "../../src/gateway/arrival.ts";

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly length: number;
  /** How many bytes tell the length; more than it needs are allowed here. */
  readonly extended: 0 | 2 | 8;
  readonly masked: boolean;
}

/** A frame as it stands on the wire. Its payload is full of bytes that look like heads. */
function bytesOf({ opcode, fin, length, extended, masked }: Frame): Buffer {
  const head = Buffer.alloc(2 + extended);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0x01)]);
}

const text = { opcode: 1, fin: true, length: 5, extended: 0, masked: true } as const;

describe("a message", () => {
  test.each<[string, Frame[]]>([
    ["of one frame", [text]],
    ["without content", [{ ...text, length: 0 }]],
    ["without a mask", [{ ...text, masked: false }]],
    ["with a length of two bytes", [{ ...text, length: 300, extended: 2 }]],
    ["with a length of eight bytes", [{ ...text, length: 70_000, extended: 8 }]],
    [
      "of several frames",
      [
        { ...text, fin: false },
        { ...text, opcode: 0, fin: false },
        { ...text, opcode: 0 },
      ],
    ],
    [
      "with a ping inside",
      [
        { ...text, fin: false },
        { ...text, opcode: 9 },
        { ...text, opcode: 0 },
      ],
    ],
  ])("%s is open from its first byte to its last", (_, frames) => {
    const arrival = new Arrival();
    const bytes = Buffer.concat(frames.map(bytesOf));
    for (let at = 0; at < bytes.length; at++) {
      expect([arrival.isOpen, arrival.messages]).toEqual([at > 0, 0]);
      arrival.take(bytes.subarray(at, at + 1));
    }
    expect([arrival.isOpen, arrival.messages, arrival.frames]).toEqual([false, 1, frames.length]);
  });
});

test("frames of a message are counted until it ends, and those that are no part of it are not", () => {
  const arrival = new Arrival();
  arrival.take(bytesOf({ ...text, fin: false }));
  arrival.take(bytesOf({ ...text, opcode: 10 }));
  arrival.take(bytesOf({ ...text, opcode: 0, fin: false }));
  expect([arrival.mostFragments, arrival.frames]).toEqual([2, 3]);
});

test("the frames of a message that comes in one chunk with others are counted too", () => {
  const arrival = new Arrival();
  const [first, next, last] = [
    { ...text, fin: false },
    { ...text, opcode: 0, fin: false },
    { ...text, opcode: 0 },
  ];
  arrival.take(bytesOf(first));
  arrival.take(Buffer.concat([next, last, text, first, last].map(bytesOf)));
  expect([arrival.mostFragments, arrival.messages]).toEqual([3, 3]);
  arrival.take(bytesOf(text));
  expect(arrival.mostFragments).toBe(1);
});

test("it tells a message that has begun from the one before, and a ping from another, but not a ping within a message", () => {
  const arrival = new Arrival();
  const ping = bytesOf({ ...text, opcode: 9 });
  arrival.take(ping.subarray(0, 3));
  expect(arrival.openings).toBe(1);
  arrival.take(Buffer.concat([ping.subarray(3), ping.subarray(0, 3)]));
  expect(arrival.openings).toBe(2);
  arrival.take(Buffer.concat([ping.subarray(3), bytesOf({ ...text, fin: false }), ping]));
  arrival.take(Buffer.concat([ping, ping.subarray(0, 3)]));
  expect(arrival.openings).toBe(3);
});

test("chunks are counted until a frame ends", () => {
  const arrival = new Arrival();
  const bytes = bytesOf(text);
  for (let at = 0; at < bytes.length - 1; at++) arrival.take(bytes.subarray(at, at + 1));
  expect(arrival.chunks).toBe(bytes.length - 1);
  arrival.take(bytes.subarray(-1));
  expect(arrival.chunks).toBe(0);
});

test("in whatever chunks its bytes come, it counts messages and knows whether one is open", () => {
  const message = fc.tuple(fc.array(fc.nat(300), { minLength: 1, maxLength: 4 }), fc.boolean()).map(([lengths, ping]) =>
    lengths.flatMap((length, index): Frame[] => {
      const fin = index === lengths.length - 1;
      const extended = length > 125 ? 2 : 0;
      const frame: Frame = { opcode: index === 0 ? 2 : 0, fin, length, extended, masked: true };
      return ping ? [{ ...text, opcode: 9 }, frame] : [frame];
    }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 20 }), (messages, cuts) => {
      const arrival = new Arrival();
      let bytes = Buffer.concat(messages.flat().map(bytesOf));
      for (const cut of cuts) {
        arrival.take(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      const isWhole = bytes.length === 0;
      if (isWhole) expect(arrival.isOpen).toBe(false);
      arrival.take(bytes);
      expect([arrival.isOpen, arrival.messages]).toEqual([false, messages.length]);
    }),
  );
});
