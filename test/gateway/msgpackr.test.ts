import { afterEach, expect, test, vi } from "vitest";
import { msgpackr } from "../../src/gateway/msgpackr.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { Utf8Text } from "../../src/protocol/utf8-text.ts";

const codec = createCodec("cellgate.v1.msgpack", defaultLimits, msgpackr);
const frameOf = (text: unknown) => ({ type: "content", id: 1, cellId: "c", content: [{ type: "text", text }], seq: 1 });
const long = "é".repeat(100_000);

afterEach(() => {
  vi.restoreAllMocks();
});

test("a text as bytes is copied into its frame, and never made a string of", () => {
  const made = [vi.spyOn(Utf8Text.prototype, "toString"), vi.spyOn(Utf8Text.prototype, "toJSON")];
  const message = codec.encode(frameOf(new Utf8Text(Buffer.from(long))));
  expect(made.flatMap(({ mock }) => mock.calls)).toEqual([]);
  expect(codec.decode(message)).toEqual(frameOf(long));
});

test.each([
  ["a string", long],
  ["bytes", new Utf8Text(Buffer.from(long))],
])("a large frame with %s is in memory that V8 does not count", (_, text) => {
  expect((codec.encode(frameOf(text)) as Uint8Array).buffer).toBeInstanceOf(SharedArrayBuffer);
  expect((codec.encode(frameOf("short")) as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
});
