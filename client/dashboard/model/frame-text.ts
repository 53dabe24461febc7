import { frameIn, type SeenFrame } from "./seen-frame.ts";

const summaries = new WeakMap<SeenFrame, string>();

/** Fields that have a place of their own beside the summary. */
const elsewhere = new Set(["type", "seq", "cellId"]);

/** What a frame says in one line of JSON, less what stands beside it. It is made once. */
export function frameSummary(frame: SeenFrame): string {
  const earlier = summaries.get(frame);
  if (earlier !== undefined) return earlier;
  const summary = summaryOf(frame);
  summaries.set(frame, summary);
  return summary;
}

function summaryOf(frame: SeenFrame): string {
  const fields = frameIn(frame);
  if (!fields) return "";
  const told = Object.entries(fields).filter(([name]) => !elsewhere.has(name));
  return JSON.stringify(Object.fromEntries(told)).slice(1, -1);
}

const BYTES_A_LINE = 16;

/** Bytes as one looks at them: offset, 16 bytes in hexadecimal, and those that are characters of ASCII. */
export function hexLines(bytes: Uint8Array, mostLines: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length && lines.length < mostLines; at += BYTES_A_LINE) {
    const part = Array.from(bytes.subarray(at, at + BYTES_A_LINE));
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(BYTES_A_LINE * 3 - 1)}  ${text}`);
  }
  return lines;
}
