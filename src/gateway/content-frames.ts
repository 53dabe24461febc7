import type { PutOut } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import { Utf8Text } from "../protocol/utf8-text.ts";

/** Nodes of an item in a frame at most: the object, and four keys with their values. */
const NODES_PER_ITEM = 9;
/** Bytes of an item beside its text: its keys, its type, the longest detail, and the heads of strings and maps. */
const BYTES_PER_ITEM = 64;
/** UTF-16 units or bytes after which an item may be cut. In JSON one takes up to 6 bytes: a block fits the smallest frame. */
const BLOCK = 8 * 1024;

/**
 * Deals content out to frames (rule O3). Half of a frame's limits is left for what else it carries: an error with its
 * message and code frame. Items that are larger are cut, at character borders, into pieces marked `more`.
 */
export function splitContent(
  content: readonly PutOut[],
  limits: Pick<Limits, "frameBytes" | "frameNodes">,
  byteLength: (text: string | Utf8Text) => number,
): PutOut[][] {
  const maxBytes = Math.floor(limits.frameBytes / 2);
  const maxItems = Math.max(1, Math.floor(limits.frameNodes / 2 / NODES_PER_ITEM));
  const frames: PutOut[][] = [];
  let current: PutOut[] = [];
  let bytes = 0;
  for (const item of content) {
    for (const piece of pieces(item, maxBytes - BYTES_PER_ITEM, byteLength)) {
      const size = byteLength(payload(piece)) + BYTES_PER_ITEM;
      if (current.length > 0 && (bytes + size > maxBytes || current.length >= maxItems)) {
        frames.push(current);
        current = [];
        bytes = 0;
      }
      current.push(piece);
      bytes += size;
    }
  }
  frames.push(current);
  return frames;
}

function payload(item: PutOut): string | Utf8Text {
  return item.type === "text" ? item.text : item.imageUrl;
}

/** Looks at each character once, a block at a time: this runs in the gateway's one thread, on text of many megabytes. */
function pieces(item: PutOut, maxBytes: number, byteLength: (text: string | Utf8Text) => number): PutOut[] {
  const whole = payload(item);
  // No codec takes less than a byte for a UTF-16 unit.
  if (whole.length <= maxBytes && byteLength(whole) <= maxBytes) return [item];
  const parts: (string | Utf8Text)[] = [];
  let start = 0;
  let bytes = 0;
  for (let at = 0, end = 0; at < whole.length; at = end) {
    end = borderFrom(whole, Math.min(whole.length, at + BLOCK));
    const size = byteLength(whole.slice(at, end));
    if (bytes + size > maxBytes) {
      parts.push(whole.slice(start, at));
      start = at;
      bytes = 0;
    }
    bytes += size;
  }
  parts.push(whole.slice(start));
  return parts.map((part, index) => {
    const piece: PutOut = item.type === "text" ? { ...item, text: part } : { ...item, imageUrl: part };
    // A piece that is unread again (rule C6) keeps the mark of the item that it is of.
    return index < parts.length - 1 ? { ...piece, more: true } : piece;
  });
}

/** The first place from `at` on that is not within a character. */
function borderFrom(text: string | Utf8Text, at: number): number {
  let border = at;
  if (text instanceof Utf8Text) while (!text.isBorder(border)) border += 1;
  // A surrogate pair stays together.
  else if (isLowSurrogate(text.charCodeAt(at))) border += 1;
  return border;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
