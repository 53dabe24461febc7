import { expect, test } from "vitest";
import { MsgpackWriter } from "../../src/protocol/msgpack-writer.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";
import { collectGarbage } from "../support/garbage.ts";

const asBytes = (text: string) => new Utf8Text(Buffer.from(text));

test("the memory that a large frame took is given back with the next", async () => {
  const writer = new MsgpackWriter();
  await collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  writer.write("x".repeat(30_000_000));
  writer.write("x");
  await collectGarbage();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test("what is written is in memory of its own", () => {
  const asked: number[] = [];
  const writer = new MsgpackWriter((bytes) => {
    asked.push(bytes);
    return new Uint8Array(bytes);
  });
  const [first, second] = [writer.write("first"), writer.write(["second", asBytes("text")])];
  expect(Buffer.from(first).toString()).toBe("\ufffdfirst");
  expect(asked).toEqual([first.length, second.length]);
  expect([first.buffer.byteLength, second.buffer.byteLength]).toEqual(asked);
});

test("a text as bytes is written as the string that it stands for, whatever its length and place", () => {
  const writer = new MsgpackWriter();
  for (const length of [0, 1, 31, 32, 255, 256, 65_535, 65_536, 1_000_000]) {
    const text = "x".repeat(length);
    const frame = (make: (text: string) => unknown) => ({ a: make(text), b: [1, make("é"), { c: make(text) }], d: 2 });
    expect(Buffer.compare(writer.write(frame(asBytes)), writer.write(frame((string) => string)))).toBe(0);
    expect(Buffer.compare(writer.write(asBytes(text)), writer.write(text))).toBe(0);
  }
});

test("a frame that was given up halfway leaves nothing in the next", () => {
  const writer = new MsgpackWriter();
  expect(() => writer.write(["some text", asBytes("bytes"), new Map()])).toThrow(
    "expected a JSON value, got an object of a class",
  );
  expect([...writer.write([1])]).toEqual([0x91, 1]);
});

test("a list with holes is as long as it says", () => {
  const list: unknown[] = [];
  list[2] = true;
  expect([...new MsgpackWriter().write(list)]).toEqual([0x93, 0xc0, 0xc0, 0xc3]);
});
