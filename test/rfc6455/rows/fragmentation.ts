import { opcodes, rawFrame } from "../../support/raw-frame.ts";
import {
  answered,
  ASK,
  type Category,
  closed,
  continuation,
  more,
  PING,
  ping,
  pong,
  refused,
  said,
  say,
  text,
} from "../row.ts";

const [head, tail] = [PING.slice(0, 5), PING.slice(5)];
const bytes = Array.from(say("piece by piece"), (character, at) =>
  rawFrame(at === 0 ? opcodes.text : opcodes.continuation, character, more),
);

export const fragmentation: readonly Category[] = [
  {
    title: "fragments",
    rows: [
      {
        section: "5.4",
        sent: "a message in two fragments",
        bytes: [text(head, more), continuation(tail)],
        expected: [answered],
      },
      {
        section: "5.4",
        sent: "a first fragment without a payload",
        bytes: [text("", more), continuation(PING)],
        expected: [answered],
      },
      {
        section: "5.4",
        sent: "a last fragment without a payload",
        bytes: [text(PING, more), continuation("")],
        expected: [answered],
      },
      {
        section: "5.4",
        sent: "one in the middle without a payload",
        bytes: [text(head, more), continuation("", more), continuation(tail)],
        expected: [answered],
      },
      {
        section: "5.4",
        sent: "three fragments without a payload",
        bytes: [text("", more), continuation("", more), continuation("")],
        expected: [refused],
      },
      {
        section: "5.4",
        sent: "a fragment for each byte",
        bytes: [...bytes, continuation(""), ASK],
        expected: [said("piece by piece")],
      },
      {
        section: "5.4",
        sent: "two messages in fragments",
        bytes: [text(head, more), continuation(tail), text(head, more), continuation(tail)],
        expected: [answered, answered],
      },
      {
        section: "5.4",
        sent: "a binary message in fragments, which JSON has not",
        bytes: [rawFrame(opcodes.binary, head, more), continuation(tail)],
        expected: [refused],
      },
    ],
  },
  {
    title: "control frames between fragments",
    rows: [
      {
        section: "5.4",
        sent: "a ping between fragments",
        bytes: [text(head, more), ping("between"), continuation(tail)],
        expected: [pong("between"), answered],
      },
      {
        section: "5.4",
        sent: "a pong between fragments",
        bytes: [text(head, more), rawFrame(opcodes.pong, "between"), continuation(tail)],
        expected: [answered],
      },
      {
        section: "5.4",
        sent: "a ping of 125 bytes between fragments without a payload",
        bytes: [text("", more), ping("x".repeat(125)), continuation("", more), continuation(PING)],
        expected: [pong("x".repeat(125)), answered],
      },
      {
        section: "5.4",
        sent: "a close between fragments",
        bytes: [text(head, more), rawFrame(opcodes.close), continuation(tail)],
        expected: [closed(1005)],
      },
    ],
  },
  {
    title: "fragments out of place",
    rows: [
      { section: "5.4", sent: "a continuation of nothing", bytes: [continuation(PING)], expected: [closed(1002)] },
      {
        section: "5.4",
        sent: "a continuation of nothing that goes on",
        bytes: [continuation(PING, more)],
        expected: [closed(1002)],
      },
      {
        section: "5.4",
        sent: "a continuation behind a whole message",
        bytes: [text(PING), continuation(PING)],
        expected: [answered, closed(1002)],
      },
      {
        section: "5.4",
        sent: "a continuation behind a message in fragments",
        bytes: [text(head, more), continuation(tail), continuation(tail)],
        expected: [answered, closed(1002)],
      },
      {
        section: "5.4",
        sent: "a text message within another",
        bytes: [text(head, more), text(PING)],
        expected: [closed(1002)],
      },
      {
        section: "5.4",
        sent: "a binary message within a text",
        bytes: [text(head, more), rawFrame(opcodes.binary, tail)],
        expected: [closed(1002)],
      },
      {
        section: "5.4",
        sent: "a fragment with a reserved bit",
        bytes: [text(head, more), continuation(tail, { rsv: 4 })],
        expected: [closed(1002)],
      },
    ],
  },
];
