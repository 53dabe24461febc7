/** Shorter strings are read byte by byte: the way into the decoder and out again takes longer. */
const shortString = 32;
/** A power of two, and so many more than frames have field names that hardly any two of these share one. */
const keySlots = 2048;

/** With `ignoreBOM` a byte order mark is kept, as the character that it is. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A map key that was read before. */
interface KnownKey {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Reads msgpack that the guard let through, and trusts it: one whole value, under string keys, without extensions, and
 * no deeper than the guard allows.
 */
export class MsgpackReader {
  /** Nearly all keys are field names that come in every frame: to know one again takes less than to read it. */
  readonly #keys: (KnownKey | undefined)[] = Array.from({ length: keySlots });
  #bytes = new Uint8Array() as Uint8Array;
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  read(bytes: Uint8Array): unknown {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
    return this.#value();
  }

  #value(): unknown {
    const tag = this.#bytes[this.#at++] as number;
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f);
    if (tag < 0xa0) return this.#list(tag & 0x0f);
    if (tag < 0xc0) return this.#string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (tag - 0xc4)));
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (tag - 0xcc));
      case 0xcf:
        return this.#uint(4) * 2 ** 32 + this.#uint(4);
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return this.#view.getInt32(this.#skip(4)) * 2 ** 32 + this.#uint(4);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#uint(1 << (tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#uint(2 << (tag - 0xdc)));
      default:
        return this.#map(this.#uint(2 << (tag - 0xde)));
    }
  }

  #list(length: number): unknown[] {
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) list.push(this.#value());
    return list;
  }

  #map(size: number): object {
    const map: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      const key = this.#key();
      map[key] = this.#value();
    }
    return map;
  }

  #key(): string {
    const bytes = this.#bytes;
    const tag = bytes[this.#at] as number;
    if (tag >= 0xc0) return this.#value() as string;
    const start = this.#at + 1;
    const length = tag & 0x1f;
    const end = start + length;
    let hash = length;
    for (let at = start; at < end; at++) hash = (31 * hash + (bytes[at] as number)) | 0;
    const slot = hash & (keySlots - 1);
    const known = this.#keys[slot];
    if (known?.bytes.length === length && isAt(known.bytes, bytes, start)) {
      this.#at = end;
      return known.text;
    }
    this.#at = start;
    const text = this.#string(length);
    this.#keys[slot] = { bytes: new Uint8Array(bytes.subarray(start, end)), text };
    return text;
  }

  #string(length: number): string {
    const bytes = this.#bytes;
    const start = this.#skip(length);
    if (length >= shortString) return utf8.decode(bytes.subarray(start, this.#at));
    let text = "";
    for (let at = start; at < this.#at; at++) {
      let unit = bytes[at] as number;
      if (unit >= 0xf0) return utf8.decode(bytes.subarray(start, this.#at)); // a surrogate pair, which is rare
      if (unit >= 0xe0) unit = ((unit & 0x0f) << 12) | (continuation(bytes, ++at) << 6) | continuation(bytes, ++at);
      else if (unit >= 0x80) unit = ((unit & 0x1f) << 6) | continuation(bytes, ++at);
      text += String.fromCharCode(unit);
    }
    return text;
  }

  /** A copy: whoever has it may keep it, and the message goes its way. */
  #binary(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#bytes.subarray(start, this.#at));
  }

  /** The next unsigned integer, of 1, 2 or 4 bytes. */
  #uint(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Goes so many bytes on, and returns where they begin. */
  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** Whether these bytes are the next of a message. */
function isAt(known: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}

/** The six bits of a byte that goes on with a character. */
const continuation = (bytes: Uint8Array, at: number): number => (bytes[at] as number) & 0x3f;
