import { isUtf8Natively } from "./native-utf8.ts";

/** The bounds that hold for one frame in both subprotocols, whoever receives it. */
export interface ValueLimits {
  /** Bytes of a whole frame; a text frame counts as UTF-8. */
  readonly frameBytes: number;
  /** Levels of containers, empty ones included; the frame's own map is the first. At most {@link deepestFrame}. */
  readonly frameDepth: number;
  /** Values and keys, the frame itself included. */
  readonly frameNodes: number;
}

/** The greatest `frameDepth` there can be: the guard's stack has a fixed size, so that no frame makes it allocate. */
export const deepestFrame = 1_024;

const scalar = 0;
const int64 = 1;
const string = 2;
const binary = 3;
const array = 4;
const map = 5;
const extension = 6;
const unused = 7;

/**
 * The whole of the msgpack format, one row for a range of tags: what it is, and how many bytes follow the tag. Of
 * strings, bytes and containers these hold the length (0: the length is in the tag itself).
 */
const format: readonly [first: number, last: number, kind: number, width: number][] = [
  [0x00, 0x7f, scalar, 0], // positive fixint
  [0x80, 0x8f, map, 0],
  [0x90, 0x9f, array, 0],
  [0xa0, 0xbf, string, 0],
  [0xc0, 0xc0, scalar, 0], // nil
  [0xc1, 0xc1, unused, 0],
  [0xc2, 0xc3, scalar, 0], // false, true
  [0xc4, 0xc4, binary, 1],
  [0xc5, 0xc5, binary, 2],
  [0xc6, 0xc6, binary, 4],
  [0xc7, 0xc9, extension, 0],
  [0xca, 0xca, scalar, 4], // float32
  [0xcb, 0xcb, scalar, 8], // float64
  [0xcc, 0xcc, scalar, 1], // uint8, 16, 32
  [0xcd, 0xcd, scalar, 2],
  [0xce, 0xce, scalar, 4],
  [0xcf, 0xcf, int64, 8],
  [0xd0, 0xd0, scalar, 1], // int8, 16, 32
  [0xd1, 0xd1, scalar, 2],
  [0xd2, 0xd2, scalar, 4],
  [0xd3, 0xd3, int64, 8],
  [0xd4, 0xd8, extension, 0],
  [0xd9, 0xd9, string, 1],
  [0xda, 0xda, string, 2],
  [0xdb, 0xdb, string, 4],
  [0xdc, 0xdc, array, 2],
  [0xdd, 0xdd, array, 4],
  [0xde, 0xde, map, 2],
  [0xdf, 0xdf, map, 4],
  [0xe0, 0xff, scalar, 0], // negative fixint
];

const kinds = new Uint8Array(256);
const widths = new Uint8Array(256);
for (const [first, last, kind, width] of format) {
  kinds.fill(kind, first, last + 1);
  widths.fill(width, first, last + 1);
}

// One stack serves every call: the guard runs to its end without calling out. A map's entries count twice, and as
// 2 * 2^32 does not fit 32 bits, a length is held against the bytes that are left before it gets here.
const itemsLeft = new Uint32Array(deepestFrame + 1);
const isMap = new Uint8Array(deepestFrame + 1);

/**
 * Says what in a msgpack frame must not reach the decoder, or nothing if all is well.
 *
 * msgpackr decodes far more than plain values, whatever its options: records, pointers, bundled strings and typed
 * arrays come as extensions, and a few hundred bytes of them occupy it for minutes. So one pass over the bytes, without
 * recursion and without an allocation, lets through exactly one value made of nil, booleans, safe integers, floats,
 * UTF-8 strings, bytes, arrays, and maps under string keys other than `__proto__`. A key that comes twice is not looked
 * for. That the decoder then reads the same as the guard did is what the fuzz test shows.
 *
 * It is one long function because its state is four numbers. Every read follows a check of its bounds, and that is what
 * each `as number` stands on.
 */
export function guardMsgpack(bytes: Uint8Array, limits: ValueLimits): string | undefined {
  const end = bytes.length;
  if (end === 0) return "no bytes: expected one msgpack value";
  if (end > limits.frameBytes) return `${end} bytes: expected at most ${limits.frameBytes}`;
  const deepest = Math.min(limits.frameDepth, deepestFrame);
  let at = 0;
  let depth = 0;
  let nodes = 0;
  itemsLeft[0] = 1;
  isMap[0] = 0;
  for (;;) {
    while (itemsLeft[depth] === 0) {
      if (depth === 0) return at === end ? undefined : `${end - at} bytes too many, from byte ${at}: expected the end`;
      depth--;
    }
    const left = itemsLeft[depth] as number;
    const isKey = isMap[depth] === 1 && left % 2 === 0;
    itemsLeft[depth] = left - 1;

    if (at === end) return `frame ends at byte ${at}: expected a ${isKey ? "map key" : "value"}`;
    if (++nodes > limits.frameNodes) return `byte ${at}: expected at most ${limits.frameNodes} values and keys`;
    const tag = bytes[at] as number;
    const kind = kinds[tag];
    const width = widths[tag] as number;
    if (kind === extension) return `extension type ${hex(tag)} at byte ${at}: v1 frames carry plain values only`;
    if (kind === unused) return `tag ${hex(tag)} at byte ${at}: expected a msgpack value`;
    if (isKey && kind !== string) return `map key at byte ${at}: expected a string, got tag ${hex(tag)}`;
    const body = at + 1 + width;
    if (body > end) return `tag ${hex(tag)} at byte ${at}: expected ${width} bytes behind it, got ${end - at - 1}`;

    if (kind === scalar || kind === int64) {
      if (kind === int64 && !isSafe(bytes, at)) return `integer at byte ${at}: expected one within ±(2^53 - 1)`;
      at = body;
      continue;
    }

    const length = lengthAt(bytes, at, width);
    // Of what a container announces, each item takes a byte at least.
    const needed = kind === map ? 2 * length : length;
    if (needed > end - body) {
      return `tag ${hex(tag)} at byte ${at}: expected at least ${needed} bytes behind its length, got ${end - body}`;
    }
    if (kind === array || kind === map) {
      if (++depth > deepest) return `container at byte ${at}: expected at most ${deepest} levels of nesting`;
      itemsLeft[depth] = needed;
      isMap[depth] = kind === map ? 1 : 0;
      at = body;
      continue;
    }

    const next = body + length;
    if (kind === string) {
      // A native yes is enough; a no is looked for again, to say where.
      const bad = isUtf8Natively(bytes, body, next) === true ? -1 : invalidUtf8(bytes, body, next);
      if (bad !== -1) return `string at byte ${at}: expected UTF-8, got a byte that is none at byte ${bad}`;
      if (isKey && length === 9 && spellsProto(bytes, body)) return `map key at byte ${at}: expected any but __proto__`;
    }
    at = next;
  }
}

/** What a string, bytes or a container announces: in the tag's low bits, or in the `width` bytes behind it. */
function lengthAt(bytes: Uint8Array, at: number, width: number): number {
  const tag = bytes[at] as number;
  return width === 0 ? tag & (tag < 0xa0 ? 0x0f : 0x1f) : uintAt(bytes, at + 1, width);
}

function uintAt(bytes: Uint8Array, start: number, width: number): number {
  let value = 0;
  // A product and no shift: a shift would make 4 GB negative.
  for (let index = 0; index < width; index++) value = value * 0x100 + (bytes[start + index] as number);
  return value;
}

/** Whether the int64 or uint64 with its tag at `at` is an integer that no double but its own stands for. */
function isSafe(bytes: Uint8Array, at: number): boolean {
  const high = uintAt(bytes, at + 1, 4);
  if (high <= 0x1f_ffff) return true;
  if (bytes[at] === 0xcf || high < 0xffe0_0000) return false;
  return high > 0xffe0_0000 || uintAt(bytes, at + 5, 4) > 0; // -2^53 itself is one too far
}

/**
 * Where the bytes from `start` to `end` stop being UTF-8, or -1: no overlong form, no surrogate, nothing past U+10FFFF
 * (the table of RFC 3629, section 4). A decoder would put U+FFFD there, and two decoders not in the same places.
 */
function invalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at++;
      continue;
    }
    if (lead < 0xc2 || lead > 0xf4) return at;
    const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size > end - at) return at;
    const second = bytes[at + 1] as number;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return at;
    for (let index = 2; index < size; index++) {
      if (((bytes[at + index] as number) & 0xc0) !== 0x80) return at;
    }
    at += size;
  }
  return -1;
}

const proto = Uint8Array.from("__proto__", (character) => character.charCodeAt(0));

function spellsProto(bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < proto.length; index++) {
    if (bytes[start + index] !== proto[index]) return false;
  }
  return true;
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`;
