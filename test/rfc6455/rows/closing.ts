import { closeFrame, opcodes, rawFrame } from "../../support/raw-frame.ts";
import { answered, type Category, closed, cut, more, PING, ping, type Row, text } from "../row.ts";

const endsWith = (code: number): Row => ({
  section: "7.4",
  sent: `a close with ${code}`,
  bytes: [closeFrame(code, "bye")],
  expected: [closed(code, "bye")],
});

const isWrong = (code: number): Row => ({
  section: "7.4",
  sent: `a close with ${code}`,
  bytes: [closeFrame(code)],
  expected: [closed(1002)],
});

const badFrames = Array.from({ length: 10 }, () => text("0"));
const tooMany = [...Array.from({ length: 10 }, () => "bad_frame"), closed(4400, "10 bad frames in a row (badFrames)")];

export const closing: readonly Category[] = [
  {
    title: "the closing handshake",
    rows: [
      { section: "5.5.1", sent: "a close without a code", bytes: [rawFrame(opcodes.close)], expected: [closed(1005)] },
      {
        section: "5.5.1",
        sent: "a close of 125 bytes",
        bytes: [closeFrame(1000, "x".repeat(123))],
        expected: [closed(1000, "x".repeat(123))],
      },
      {
        section: "5.5.1",
        sent: "a close of one byte",
        bytes: [rawFrame(opcodes.close, "x")],
        expected: [closed(1002)],
      },
      {
        section: "5.5.1",
        sent: "a message behind a close",
        bytes: [closeFrame(1000), text(PING)],
        expected: [closed(1000)],
      },
      { section: "5.5.1", sent: "a ping behind a close", bytes: [closeFrame(1000), ping()], expected: [closed(1000)] },
      { section: "5.5.1", sent: "two closes", bytes: [closeFrame(1000), closeFrame(1001)], expected: [closed(1000)] },
      {
        section: "5.5.1",
        sent: "a message, and a close",
        bytes: [text(PING), closeFrame(1000)],
        expected: [answered, closed(1000)],
      },
      { section: "7.1.5", sent: "the end of the stream", bytes: ["FIN"], expected: [cut] },
      {
        section: "7.1.5",
        sent: "the end of the stream within a message",
        bytes: [text("{", more), "FIN"],
        expected: [cut],
      },
      {
        section: "7.1.5",
        sent: "the end of the stream within a frame",
        bytes: [text(PING).subarray(0, 9), "FIN"],
        expected: [cut],
      },
      { section: "5.5.1", sent: "an answer to the gateway's close", bytes: badFrames, expected: tooMany },
      {
        section: "7.1.1",
        sent: "no answer to the gateway's close",
        bytes: badFrames,
        expected: tooMany,
        answersClose: false,
      },
      {
        section: "7.1.7",
        sent: "no answer to a close for a fault",
        bytes: [rawFrame(3)],
        expected: [closed(1002)],
        answersClose: false,
      },
    ],
  },
  {
    title: "close codes",
    rows: [
      ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011].map(endsWith),
      // Registered since: restart, try again, bad gateway.
      ...[1012, 1013, 1014].map(endsWith),
      ...[3000, 3999, 4000, 4999].map(endsWith),
      ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(isWrong),
    ],
  },
];
