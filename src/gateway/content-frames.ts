import type { Limits } from "../protocol/limits.ts";
import type { ContentItem } from "../protocol/values.ts";

/** Nodes of an item in a frame at most: the object, and four keys with their values. */
const NODES_PER_ITEM = 9;
/** Bytes of an item beside its text: its keys, its type, the longest detail, and the heads of strings and maps. */
const BYTES_PER_ITEM = 64;

/**
 * Deals content out to frames (rule O3). Half of a frame's limits is left for what else it carries: an error with its
 * message and code frame. Items that are larger are cut, at character borders, into pieces marked `more`.
 */
export function splitContent(
  content: readonly ContentItem[],
  limits: Pick<Limits, "frameBytes" | "frameNodes">,
  byteLength: (text: string) => number,
): ContentItem[][] {
  const maxBytes = Math.floor(limits.frameBytes / 2);
  const maxItems = Math.max(1, Math.floor(limits.frameNodes / 2 / NODES_PER_ITEM));
  const frames: ContentItem[][] = [];
  let current: ContentItem[] = [];
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

function payload(item: ContentItem): string {
  return item.type === "text" ? item.text : item.imageUrl;
}

function pieces(item: ContentItem, maxBytes: number, byteLength: (text: string) => number): ContentItem[] {
  const whole = payload(item);
  if (byteLength(whole) <= maxBytes) return [item];
  const parts: string[] = [];
  for (let start = 0; start < whole.length;) {
    let end = Math.min(whole.length, start + maxBytes);
    while (byteLength(whole.slice(start, end)) > maxBytes) end = start + Math.ceil((end - start) / 2);
    // A surrogate pair stays together.
    if (end < whole.length && isLowSurrogate(whole.charCodeAt(end))) end -= 1;
    parts.push(whole.slice(start, end));
    start = end;
  }
  return parts.map((part, index) => {
    const piece: ContentItem = item.type === "text" ? { ...item, text: part } : { ...item, imageUrl: part };
    // A piece that is unread again (rule C6) keeps the mark of the item that it is of.
    return index < parts.length - 1 ? { ...piece, more: true } : piece;
  });
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
