import { opcodes, rawFrame } from "../../support/raw-frame.ts";
import { answered, type Category, closed, continuation, more, PING, ping, pong, text } from "../row.ts";

const long = Buffer.alloc(125, 0xfe);

export const controlFrames: readonly Category[] = [
  {
    title: "ping and pong",
    rows: [
      { section: "5.5.2", sent: "a ping without a payload", bytes: [ping()], expected: [pong()] },
      { section: "5.5.2", sent: "a ping with a payload", bytes: [ping("Hello")], expected: [pong("Hello")] },
      {
        section: "5.5.2",
        sent: "a ping with bytes",
        bytes: [ping(Buffer.from("00fffe", "hex"))],
        expected: [pong(Buffer.from("00fffe", "hex"))],
      },
      { section: "5.5.2", sent: "a ping of 125 bytes", bytes: [ping(long)], expected: [pong(long)] },
      {
        section: "5.5.2",
        sent: "a ping whose length is in 2 bytes",
        bytes: [ping("x", { lengthBytes: 2 })],
        expected: [closed(1002)],
      },
      {
        section: "5.5.3",
        sent: "a pong that nobody asked for",
        bytes: [rawFrame(opcodes.pong), text(PING)],
        expected: [answered],
      },
      {
        section: "5.5.3",
        sent: "a pong with a payload",
        bytes: [rawFrame(opcodes.pong, "Hello"), text(PING)],
        expected: [answered],
      },
      {
        section: "5.5.3",
        sent: "a pong, a ping, a pong",
        bytes: [rawFrame(opcodes.pong, "a"), ping("b"), rawFrame(opcodes.pong, "c")],
        expected: [pong("b")],
      },
      {
        section: "5.5.2",
        sent: "ten pings",
        bytes: Array.from({ length: 10 }, (_, index) => ping(`${index}`)),
        expected: Array.from({ length: 10 }, (_, index) => pong(`${index}`)),
      },
    ],
  },
  {
    title: "control frames that are none",
    rows: [
      { section: "5.5", sent: "a ping of 126 bytes", bytes: [ping(Buffer.alloc(126))], expected: [closed(1002)] },
      {
        section: "5.5",
        sent: "a pong of 126 bytes",
        bytes: [rawFrame(opcodes.pong, Buffer.alloc(126))],
        expected: [closed(1002)],
      },
      {
        section: "5.5",
        sent: "a close of 126 bytes",
        bytes: [rawFrame(opcodes.close, Buffer.alloc(126, 3))],
        expected: [closed(1002)],
      },
      { section: "5.5", sent: "a ping of 65,536 bytes", bytes: [ping(Buffer.alloc(65_536))], expected: [closed(1002)] },
      {
        section: "5.5",
        sent: "a ping in fragments",
        bytes: [ping("a", more), continuation("b")],
        expected: [closed(1002)],
      },
      {
        section: "5.5",
        sent: "a pong in fragments",
        bytes: [rawFrame(opcodes.pong, "a", more), continuation("b")],
        expected: [closed(1002)],
      },
      {
        section: "5.5",
        sent: "a close in fragments",
        bytes: [rawFrame(opcodes.close, "", more), continuation("")],
        expected: [closed(1002)],
      },
      {
        section: "5.5",
        sent: "a ping in fragments within a message",
        bytes: [text("{", more), ping("a", more), continuation("}")],
        expected: [closed(1002)],
      },
    ],
  },
];
