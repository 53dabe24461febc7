/**
 * What Node, Deno and Bun know of UTF-8 natively, ten times as fast as JavaScript on long strings. Browsers have neither:
 * there the callers do it themselves.
 */
interface BufferModule {
  readonly Buffer: {
    byteLength(text: string): number;
    from(memory: ArrayBufferLike, start: number, length: number): { toString(encoding: "latin1" | "utf8"): string };
  };
  isUtf8(bytes: Uint8Array): boolean;
  isAscii(bytes: Uint8Array): boolean;
}

// Not an import: this file runs in browsers, too.
const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } };
const builtin = process?.getBuiltinModule?.("node:buffer") as BufferModule | undefined;

/** Shorter ones are not worth the way out of JavaScript. */
const LONG = 256;

/** Whether the bytes are UTF-8; undefined where they are few, or it is not known natively. */
export function isUtf8Natively(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  return end - start < LONG ? undefined : builtin?.isUtf8(bytes.subarray(start, end));
}

/** Whether the bytes are ASCII; undefined as above. */
export function isAsciiNatively(bytes: Uint8Array): boolean | undefined {
  return bytes.length < LONG ? undefined : builtin?.isAscii(bytes);
}

/** UTF-8 bytes of a text, each lone surrogate taking three; undefined where it is short, or not known natively. */
export function utf8LengthNatively(text: string): number | undefined {
  return text.length < LONG ? undefined : builtin?.Buffer.byteLength(text);
}

/** The text of bytes in UTF-8, with U+FFFD for what is none; undefined where it is not known natively. */
export function textNatively(bytes: Uint8Array): string | undefined {
  if (!builtin) return undefined;
  const { buffer, byteOffset, length } = bytes;
  // Most texts are ASCII, which is read twice as fast as UTF-8 and takes half of the memory.
  return builtin.Buffer.from(buffer, byteOffset, length).toString(builtin.isAscii(bytes) ? "latin1" : "utf8");
}
