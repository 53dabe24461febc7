import { closeFrame } from "../../support/raw-frame.ts";
import { ASK, type Category, closed, continuation, more, type Row, said, say, text } from "../row.ts";

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");

function valid(sent: string, what: string): Row {
  return { section: "8.1", sent, bytes: [text(say(what)), ASK], expected: [said(what)] };
}

function invalid(sent: string, digits: string): Row {
  return {
    section: "8.1",
    sent: `${sent}: ${digits}`,
    bytes: [text(Buffer.concat([Buffer.from('{"a":"'), hex(digits), Buffer.from('"}')]))],
    expected: [closed(1007)],
  };
}

/** The same message in two fragments, cut in the middle of a character. */
function cutInside(character: string): Row[] {
  const message = Buffer.from(say(character));
  const start = message.indexOf(character);
  return Array.from({ length: Buffer.byteLength(character) - 1 }, (_, index) => ({
    section: "8.1",
    sent: `${character} with a cut behind its byte ${index + 1}`,
    bytes: [text(message.subarray(0, start + index + 1), more), continuation(message.subarray(start + index + 1)), ASK],
    expected: [said(character)],
  }));
}

export const utf8: readonly Category[] = [
  {
    title: "UTF-8",
    rows: [
      valid("one byte a character", "Hello"),
      valid("two", "κόσμε"),
      valid("three", "水神ㄱ"),
      valid("four", "𝒳😀"),
      valid("the last of two bytes, U+07FF", "\u07ff"),
      valid("the last before the surrogates, U+D7FF", "\ud7ff"),
      valid("the first behind them, U+E000", "\ue000"),
      valid("noncharacters, U+FFFE and U+FFFF", "\ufffe\uffff"),
      valid("the last of all, U+10FFFF", "\u{10ffff}"),
      valid("a byte order mark, U+FEFF", "\ufeffmark"),
      ...["é", "水", "😀"].flatMap(cutInside),
    ],
  },
  {
    title: "what is no UTF-8",
    rows: [
      invalid("a byte that continues nothing", "80"),
      invalid("two of them", "bf bf"),
      invalid("a character that is broken off", "c3"),
      invalid("one of three bytes that is", "e6 b0"),
      invalid("one of four bytes that is", "f0 9f 98"),
      invalid("a character with another inside", "c3 28"),
      invalid("a slash in two bytes", "c0 af"),
      invalid("a NUL in two bytes", "c0 80"),
      invalid("a slash in three bytes", "e0 80 af"),
      invalid("a slash in four bytes", "f0 80 80 af"),
      invalid("a surrogate", "ed a0 80"),
      invalid("a pair of surrogates", "ed a0 bd ed b8 80"),
      invalid("U+110000", "f4 90 80 80"),
      invalid("five bytes", "f8 88 80 80 80"),
      invalid("six bytes", "fc 84 80 80 80 80"),
      invalid("a byte that never is", "fe"),
      invalid("another", "ff"),
      {
        section: "8.1",
        sent: "a message that ends within a character",
        bytes: [text(hex("6f c3"))],
        expected: [closed(1007)],
      },
      {
        section: "8.1",
        sent: "a fault in the second fragment",
        bytes: [text('{"a":"', more), continuation(hex("ff")), ASK],
        expected: [closed(1007)],
      },
      {
        section: "5.5.1",
        sent: "a close whose reason is no UTF-8",
        bytes: [closeFrame(1000, hex("c3 28"))],
        expected: [closed(1007)],
      },
    ],
  },
];
