import { expect, test } from "vitest";
import { parseTrace, type Trace, TraceError, traceHeaderText, traceLineText } from "../../client/trace.ts";

const hello = JSON.stringify({ type: "cellgate.trace", version: 1 });
const frame = { atMs: 1, direction: "in", subprotocol: "cellgate.v1.json", bytes: "e30=" };

test("what is written is read again, byte by byte", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  const trace: Trace = {
    header: { type: "cellgate.trace", version: 1, recordedBy: "the test", sessionId: "s" },
    lines: [
      { atMs: 1.5, direction: "in", socket: 1, subprotocol: "cellgate.v1.msgpack", bytes },
      { atMs: 2, direction: "out", socket: 2, subprotocol: "cellgate.v1.json", sizeBytes: 5_000_000 },
      { atMs: 2, direction: "in", socket: 2, closeCode: 1006, reason: "lost" },
    ],
  };
  const text = traceHeaderText(trace.header) + trace.lines.map((line) => traceLineText(line)).join("");
  expect(text.split("\n")).toHaveLength(5);
  expect(parseTrace(text)).toEqual(trace);
});

test("a line without a socket is of the first one, and unknown fields are ignored", () => {
  const { header, lines } = parseTrace(`${hello}\n${JSON.stringify({ ...frame, tag: "hello", more: {} })}\n`);
  expect(header).toEqual({ type: "cellgate.trace", version: 1 });
  expect(lines).toEqual([{ ...frame, socket: 1, bytes: new TextEncoder().encode("{}") }]);
});

test("a last line that was cut off is left out", () => {
  expect(parseTrace(`${hello}\n${JSON.stringify(frame)}\n{"atMs":17`).lines).toHaveLength(1);
});

test.each([
  ["nothing", "", "line 1: expected JSON, got "],
  ["other JSON", "[1]\n", "line 1: expected an object, got [1]"],
  ["another type", '{"type":"x"}\n', 'line 1: type: expected cellgate.trace, got "x"'],
  ["another version", '{"type":"cellgate.trace","version":2}\n', "line 1: version: expected 1"],
  ["a broken line", `${hello}\n{"atMs\n`, 'line 2: expected JSON, got {"atMs'],
  ["no time", `${hello}\n{}\n`, "line 2: atMs: expected a number, got nothing"],
  ["no direction", `${hello}\n{"atMs":1,"direction":"up"}\n`, 'line 2: direction: expected in or out, got "up"'],
  ["socket 0", `${hello}\n${JSON.stringify({ ...frame, socket: 0 })}\n`, "line 2: socket: expected a whole number"],
  ["no subprotocol", `${hello}\n${JSON.stringify({ ...frame, subprotocol: "x" })}\n`, "line 2: subprotocol: expected"],
  ["no base64", `${hello}\n${JSON.stringify({ ...frame, bytes: "?" })}\n`, 'line 2: bytes: expected base64, got "?"'],
  ["no close code", `${hello}\n{"atMs":1,"direction":"in","closeCode":"x"}\n`, "line 2: closeCode: expected"],
])("a trace with %s is refused, and the message says where", (_, text, message) => {
  expect(() => parseTrace(text)).toThrow(TraceError);
  expect(() => parseTrace(text)).toThrow(message);
});
