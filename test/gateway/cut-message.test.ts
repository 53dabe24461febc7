import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cutMessage } from "../../src/gateway/cut-message.ts";

test.each([
  ["what fits stays as it is", "12345678", "12345678"],
  ["what does not is cut, and says so", "123456789", "12345…"],
  ["bytes are counted, not characters", "ééééé", "éé…"],
  ["no character is cut in two", "123😀6789", "123…"],
])("%s", (_, message, expected) => {
  expect(cutMessage(message, 8)).toBe(expected);
});

test("whatever the message, what comes out is within the bound and begins as it does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 3, max: 40 }), (message, bytes) => {
      const cut = cutMessage(message, bytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
      expect(message.startsWith(cut.replace(/…$/, "")) || message === cut).toBe(true);
    }),
  );
});
