import { describe, expect, test } from "vitest";
import { createCodec } from "../../src/protocol/codec.ts";
import { guardMsgpack } from "../../src/protocol/guard.ts";

const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };
/** So that what is refused is not refused for its size. */
const roomy = { ...limits, frameBytes: 64 << 20 };

describe("what keeps msgpackr busy for seconds is refused at once", () => {
  const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];

  /** Each list holds the one before it and a pointer to that: 45 levels, which an error message unfolds 2^45 times. */
  const doubling = (): Uint8Array => {
    let bytes = [0xd6, 0x69, ...u32(1), 0x91, 0];
    for (let id = 2; id <= 45; id++) bytes = [0xd6, 0x69, ...u32(id), 0x92, ...bytes, 0xd6, 0x70, ...u32(id - 1)];
    return Uint8Array.from([...bytes, 0xc0]);
  };
  /** What follows the bundle is to be read next, and it says that it lies before itself. */
  const backwards = Uint8Array.of(0xa0, 0xa0, 0xd6, 0x62, 0xff, 0xff, 0xff, 0xfc, 0xc0);
  const records = (): Uint8Array => {
    const count = 150_000;
    const bytes = new Uint8Array(5 + 7 * count);
    bytes.set([0xdd, ...u32(count)]);
    for (let index = 0; index < count; index++)
      bytes.set([0xd4, 0x72, 0x40, 0x91, 0xa1, 97 + (index % 26), 1], 5 + 7 * index);
    return bytes;
  };
  const bigKey = (): Uint8Array => {
    const bytes = new Uint8Array(1 + 6 + (8 << 20) + 1).fill(1);
    bytes.set([0x81, 0xc9, ...u32(8 << 20), 0x42]);
    return bytes;
  };
  const text = (): Uint8Array => {
    const bytes = new Uint8Array(5 + (1 << 20)).fill(0x61);
    bytes.set([0xdb, ...u32(1 << 20)]);
    bytes[bytes.length - 1] = 0xff;
    return bytes;
  };

  test.each([
    ["600 bytes of identities and pointers", doubling()],
    ["9 bytes of bundled strings that lead back to themselves", backwards],
    ["1 MB of record definitions", records()],
    ["a map key of an 8 MB BigInt", bigKey()],
    ["a million levels", new Uint8Array(1_000_000).fill(0x91)],
    ["1 MB of text whose last byte is no UTF-8", text()],
  ])("%s", (_, bytes) => {
    const start = performance.now();
    expect(guardMsgpack(bytes, roomy)).toBeTypeOf("string");
    // Seconds is what it is about; a machine where other tests run may take ten times as long as one that rests.
    expect(performance.now() - start).toBeLessThan(100);
  });
});

test("what the guard costs", () => {
  const codec = createCodec("cellgate.v1.msgpack", limits);
  const row = { name: "a row of a table of some kind", tags: ["x", "y"], score: 0.5, count: 70_000 };
  const frames = {
    "a frame of 100 bytes": { type: "tool_result", callId: "cell_abcdefgh.17", value: { ...row, ok: true, at: null } },
    "500 KB of small values": { type: "tool_result", callId: "c.1", value: Array.from({ length: 7_500 }, () => row) },
    "500 KB of text": { type: "notify", cellId: "c", text: "some text ".repeat(50_000) },
    "500 KB of text that is not ASCII": { type: "notify", cellId: "c", text: "Größe €, 你好 ".repeat(22_000) },
  };
  for (const [name, frame] of Object.entries(frames)) {
    const bytes = codec.encode(frame) as Uint8Array;
    const rounds = bytes.length < 1000 ? 200_000 : 100;
    const start = performance.now();
    for (let round = 0; round < rounds; round++) guardMsgpack(bytes, limits);
    const micros = ((performance.now() - start) * 1000) / rounds;
    console.log(
      `guard: ${name} (${bytes.length} bytes): ${micros.toFixed(2)} µs, ${(bytes.length / micros).toFixed(0)} MB/s`,
    );
  }
});
