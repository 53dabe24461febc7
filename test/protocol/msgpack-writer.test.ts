import { expect, test } from "vitest";
import { MsgpackWriter } from "../../src/protocol/msgpack-writer.ts";

test("the memory that a large frame took is given back with the next", () => {
  const writer = new MsgpackWriter();
  expect(writer.write("x".repeat(3_000_000)).buffer.byteLength).toBeGreaterThan(3_000_000);
  expect(writer.write("x").buffer.byteLength).toBeLessThan(10_000);
});

test("a frame that was given up halfway leaves nothing in the next", () => {
  const writer = new MsgpackWriter();
  expect(() => writer.write(["some text", new Map()])).toThrow("expected a JSON value, got an object of a class");
  expect([...writer.write([1])]).toEqual([0x91, 1]);
});

test("a list with holes is as long as it says", () => {
  const list: unknown[] = [];
  list[2] = true;
  expect([...new MsgpackWriter().write(list)]).toEqual([0x93, 0xc0, 0xc0, 0xc3]);
});
