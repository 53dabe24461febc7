/** Keeps a byte order mark, as the character that it is. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A text as its bytes in UTF-8. In a frame it stands for a string and is written as one: a long text that only passes
 * through is spared two conversions and the memory for both of their results.
 */
export class Utf8Text {
  readonly bytes: Uint8Array;

  /** UTF-8, which is not checked. The bytes are not copied, and must not change. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** In bytes. */
  get length(): number {
    return this.bytes.length;
  }

  /** The text between two places that {@link isBorder} holds for. */
  slice(start: number, end?: number): Utf8Text {
    return new Utf8Text(this.bytes.subarray(start, end));
  }

  /** Whether the byte at `at` is the first of a character, or there is none. */
  isBorder(at: number): boolean {
    return ((this.bytes[at] ?? 0) & 0xc0) !== 0x80;
  }

  toString(): string {
    return utf8.decode(this.bytes);
  }

  /** What a codec writes that does not know texts of this kind. */
  toJSON(): string {
    return this.toString();
  }
}
