import { CodecError } from "./codec-error.ts";
import { Utf8Text } from "./utf8-text.ts";

/** Shorter strings are written character by character: the way into the encoder and out again takes longer. */
const shortString = 64;
/** Room to begin with, and what a large frame may leave behind. */
const leastRoom = 8 * 1024;
const mostRoom = 1024 * 1024;

const utf8 = new TextEncoder();

/**
 * Writes JSON values and bytes as msgpack, each in its shortest form, with lone surrogates as U+FFFD. A number beyond 32
 * bits is a double, which takes no more than an integer of 64 bits would. Properties that are `undefined` are left out,
 * items that are `undefined` become nil.
 */
export class MsgpackWriter {
  #bytes = new Uint8Array(leastRoom);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Texts that are bytes already, with the places where they go. */
  #texts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  readonly #allocate: (bytes: number) => Uint8Array;

  /** `allocate` gives the memory of what is written. */
  constructor(allocate: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)) {
    this.#allocate = allocate;
  }

  /**
   * Throws a {@link CodecError} for what is not plain: an object of a class (but for a {@link Utf8Text}), one with a
   * function `toJSON`, a function, a symbol, a BigInt; and a `RangeError` for a cycle.
   */
  write(value: unknown): Uint8Array {
    if (this.#bytes.length > mostRoom) this.#claim(leastRoom);
    this.#at = 0;
    try {
      this.#value(value);
      return this.#joined();
    } finally {
      if (this.#texts.length > 0) this.#texts = [];
    }
  }

  #joined(): Uint8Array {
    let size = this.#at;
    for (const { bytes } of this.#texts) size += bytes.length;
    const joined = this.#allocate(size);
    let from = 0;
    let to = 0;
    for (const { at, bytes } of this.#texts) {
      joined.set(this.#bytes.subarray(from, at), to);
      joined.set(bytes, to + at - from);
      to += at - from + bytes.length;
      from = at;
    }
    joined.set(this.#bytes.subarray(from, this.#at), to);
    return joined;
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#tag(value ? 0xc3 : 0xc2);
      case "undefined":
        return this.#tag(0xc0);
      case "object":
        return value === null ? this.#tag(0xc0) : this.#object(value);
      default:
        throw new CodecError(`expected a JSON value, got a ${typeof value}`);
    }
  }

  #object(value: object): void {
    if (Array.isArray(value)) {
      this.#header(0x90, 0xdc, value.length);
      // By index: a list with holes is as long as it says.
      for (let index = 0; index < value.length; index++) this.#value(value[index]);
    } else if (value instanceof Uint8Array) this.#binary(value);
    else if (value instanceof Utf8Text) this.#text(value);
    else if (isPlain(value)) this.#map(value);
    else throw new CodecError("expected a JSON value, got an object of a class");
  }

  #map(map: { readonly [key: string]: unknown }): void {
    const keys = Object.keys(map);
    let size = 0;
    for (const key of keys) if (map[key] !== undefined) size++;
    this.#header(0x80, 0xde, size);
    for (const key of keys) {
      const item = map[key];
      if (item === undefined) continue;
      this.#string(key);
      this.#value(item);
    }
  }

  #number(value: number): void {
    this.#room(9);
    const view = this.#view;
    const body = this.#at + 1;
    if (value !== (value | 0) && value !== value >>> 0) {
      view.setFloat64(body, value);
      this.#end(0xcb, 8);
    } else if (value >= 0) {
      if (value < 0x80) return this.#tag(value);
      if (value < 0x100) {
        view.setUint8(body, value);
        this.#end(0xcc, 1);
      } else if (value < 0x10000) {
        view.setUint16(body, value);
        this.#end(0xcd, 2);
      } else {
        view.setUint32(body, value);
        this.#end(0xce, 4);
      }
    } else if (value >= -0x20) return this.#tag(value & 0xff);
    else if (value >= -0x80) {
      view.setInt8(body, value);
      this.#end(0xd0, 1);
    } else if (value >= -0x8000) {
      view.setInt16(body, value);
      this.#end(0xd1, 2);
    } else {
      view.setInt32(body, value);
      this.#end(0xd2, 4);
    }
  }

  #string(text: string): void {
    const { length } = text;
    // Three bytes a character at most, behind the longest header.
    this.#room(5 + 3 * length);
    const guess = headerSize(length);
    const body = this.#at + guess;
    const size = length < shortString ? this.#characters(text, body) : this.#encoded(text, body);
    const actual = headerSize(size);
    if (actual !== guess) this.#bytes.copyWithin(this.#at + actual, body, body + size);
    this.#stringHeader(size);
    this.#at += size;
  }

  #stringHeader(size: number): void {
    if (size < 0x20) this.#tag(0xa0 | size);
    else this.#length(0xd9, size);
  }

  /** Writes a text at `start`, and returns how many bytes it takes. */
  #encoded(text: string, start: number): number {
    return utf8.encodeInto(text, this.#bytes.subarray(start)).written;
  }

  /** The same in JavaScript. */
  #characters(text: string, start: number): number {
    const bytes = this.#bytes;
    let at = start;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 0x80) bytes[at++] = unit;
      else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else if ((unit & 0xf800) !== 0xd800) {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else return this.#encoded(text, start); // surrogates are rare
    }
    return at - start;
  }

  #text({ bytes }: Utf8Text): void {
    this.#room(5);
    this.#stringHeader(bytes.length);
    this.#texts.push({ at: this.#at, bytes });
  }

  #binary(data: Uint8Array): void {
    this.#room(5 + data.length);
    this.#length(0xc4, data.length);
    this.#bytes.set(data, this.#at);
    this.#at += data.length;
  }

  /** The header of a list or a map: `short` holds up to 15 items, the tag `long` and the next 2 and 4 bytes of length. */
  #header(short: number, long: number, length: number): void {
    this.#room(5);
    if (length < 0x10) this.#tag(short | length);
    else if (length < 0x10000) this.#length16(long, length);
    else this.#length32(long + 1, length);
  }

  /** `tag`, or one of the next two, with a length of 1, 2 or 4 bytes. */
  #length(tag: number, length: number): void {
    if (length < 0x100) {
      this.#bytes[this.#at + 1] = length;
      this.#end(tag, 1);
    } else if (length < 0x10000) this.#length16(tag + 1, length);
    else this.#length32(tag + 2, length);
  }

  #length16(tag: number, length: number): void {
    this.#view.setUint16(this.#at + 1, length);
    this.#end(tag, 2);
  }

  #length32(tag: number, length: number): void {
    this.#view.setUint32(this.#at + 1, length);
    this.#end(tag, 4);
  }

  #tag(tag: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = tag;
  }

  /** Puts the tag in front of so many bytes that stand there already. */
  #end(tag: number, width: number): void {
    this.#bytes[this.#at] = tag;
    this.#at += 1 + width;
  }

  #room(needed: number): void {
    if (this.#at + needed > this.#bytes.length) this.#claim(Math.max(this.#at + needed, 2 * this.#bytes.length));
  }

  #claim(size: number): void {
    const written = this.#bytes.subarray(0, Math.min(this.#at, size));
    this.#bytes = new Uint8Array(size);
    this.#bytes.set(written);
    this.#view = new DataView(this.#bytes.buffer);
  }
}

/** Bytes in front of a string of so many. */
function headerSize(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 5;
}

/** Whether it is written as it stands. What has another prototype may mean something else, and is copied first. */
function isPlain(value: object): value is { readonly [key: string]: unknown } {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !("toJSON" in value) || typeof value.toJSON !== "function";
}
