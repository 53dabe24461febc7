import { expect, test } from "vitest";
import { formatAge, formatBytes, formatDuration, formatTime, shortId } from "../../../client/dashboard/model/format.ts";

test.each([
  [0, "0 B"],
  [1_023, "1,023 B"],
  [1_024, "1.0 KiB"],
  [3_481, "3.4 KiB"],
  [125_829_120, "120 MiB"],
  [1.5 * 1024 ** 4, "1.5 TiB"],
  [5_000 * 1024 ** 4, "5,000 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [-1, "0.0 ms"],
  [0.42, "0.4 ms"],
  [12.4, "12 ms"],
  [1_204, "1.20 s"],
  [9_999, "9.99 s"],
  [59_999, "59.9 s"],
  [185_000, "3 min 05 s"],
])("%d ms are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-500, "0 s"],
  [8_900, "8 s"],
  [185_000, "3 min 05 s"],
  [7_800_000, "2 h 10 min"],
  [356_400_000, "4 d 03 h"],
])("%d ms ago is %s ago", (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test("A time of day has milliseconds", () => {
  expect(formatTime(new Date(2026, 1, 3, 4, 5, 6, 78).getTime())).toBe("04:05:06.078");
});

test("An id is shortened only where that helps", () => {
  expect(shortId("short")).toBe("short");
  expect(shortId("Kj3xP0123456789aQz")).toBe("Kj3xP…9aQz");
});
