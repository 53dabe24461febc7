import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { guardMsgpack } from "../../src/protocol/guard.ts";

const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };
const check = (digits: string): string | undefined =>
  guardMsgpack(new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex")), limits);

describe("strings are UTF-8", () => {
  test.each([
    ["a continuation byte alone", "80", 0],
    ["a lead byte alone", "c3", 0],
    ["a lead byte before ASCII", "c3 61", 0],
    ["an overlong NUL", "c0 80", 0],
    ["an overlong slash", "c1 af", 0],
    ["an overlong form of three bytes", "e0 9f bf", 0],
    ["an overlong form of four bytes", "f0 8f bf bf", 0],
    ["a lone high surrogate", "ed a0 80", 0],
    ["a lone low surrogate", "ed bf bf", 0],
    ["a pair of surrogates", "ed a0 bd ed b8 80", 0],
    ["more than U+10FFFF", "f4 90 80 80", 0],
    ["a lead byte that never is one", "f5 80 80 80", 0],
    ["a sequence of five bytes", "f8 88 80 80 80", 0],
    ["0xfe", "fe", 0],
    ["0xff", "ff", 0],
    ["three bytes cut to two", "e2 82", 0],
    ["four bytes cut to three", "f0 9f 98", 0],
    ["a third byte that is none", "e2 82 41", 0],
    ["a fourth byte that is none", "f0 9f 98 41", 0],
    ["a bad byte behind good ones", "61 c3a9 e282ac f09f9880 ff", 10],
  ])("%s is refused, as a value and as a key", (_, digits, offset) => {
    const text = digits.replaceAll(" ", "");
    const length = (0xa0 + text.length / 2).toString(16);
    const problem = `expected UTF-8, got a byte that is none at byte`;
    expect(check(length + text)).toBe(`string at byte 0: ${problem} ${offset + 1}`);
    expect(check(`81 ${length} ${text} 01`)).toBe(`string at byte 1: ${problem} ${offset + 2}`);
    // The bytes that follow a string do not complete it.
    expect(check(`92 ${length} ${text} a4 80808080`)).toMatch(/^string at byte 1/);
  });

  test.each(["00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "efbbbf", "f0908080", "f48fbfbf"])(
    "the outermost forms pass: %s",
    (digits) => {
      expect(check((0xa0 + digits.length / 2).toString(16) + digits)).toBeUndefined();
    },
  );

  test("the guard and Node agree on all strings of two bytes and on the edges of longer ones", () => {
    const agree = (...text: number[]): void => {
      const passes = guardMsgpack(Uint8Array.of(0xa0 + text.length, ...text), limits) === undefined;
      if (passes !== isUtf8(Uint8Array.from(text))) throw new Error(`guard says ${passes} to ${text.join(" ")}`);
    };
    const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) agree(first, second);
      for (const second of edges)
        for (const third of edges) {
          agree(first, second, third);
          for (const fourth of edges) agree(first, second, third, fourth);
        }
    }
  });
});
