import { opcodes, rawFrame } from "../../support/raw-frame.ts";
import { answered, type Category, closed, continuation, more, PING, ping, text } from "../row.ts";

const frameBytes = 4 * 1024 * 1024;
const padded = (bytes: number): string => PING.padEnd(bytes);
const fragments = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, at) =>
    rawFrame(at === 0 ? opcodes.text : opcodes.continuation, at === 0 ? PING : " ", { fin: at === count - 1 }),
  );

/** Section 10.4 has an implementation limit the size of frames and messages: these are the gateway's. */
export const limits: readonly Category[] = [
  {
    title: "limits",
    rows: [
      { section: "10.4", sent: "a message of 4 MiB", bytes: [text(padded(frameBytes))], expected: [answered] },
      {
        section: "10.4",
        sent: "one of 4 MiB in fragments",
        bytes: [text(padded(3 << 20), more), ping("between"), continuation(" ".repeat(1 << 20))],
        expected: [pongBetween(), answered],
      },
      {
        section: "10.4",
        sent: "the head of one byte more",
        bytes: [text("", { length: BigInt(frameBytes + 1) })],
        expected: [closed(1009)],
      },
      {
        section: "10.4",
        sent: "fragments of one byte more together",
        bytes: [text(padded(3 << 20), more), continuation(" ".repeat(1 << 20), more), continuation(" ")],
        expected: [closed(1009)],
      },
      { section: "10.4", sent: "a length of 2^53", bytes: [text("", { length: 1n << 53n })], expected: [closed(1009)] },
      { section: "10.4", sent: "256 fragments", bytes: fragments(256), expected: [answered] },
      {
        section: "10.4",
        sent: "257 fragments",
        bytes: fragments(257),
        expected: [closed(1009, "a message of more than 256 fragments (fragments)")],
      },
    ],
  },
];

function pongBetween(): string {
  return `pong ${Buffer.from("between").toString("hex")}`;
}
