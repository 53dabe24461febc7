/**
 * What Node, Deno and Bun know of UTF-8 natively, ten times as fast as JavaScript on long strings. Browsers have neither:
 * there the callers do it themselves.
 */
interface BufferModule {
  readonly Buffer: { byteLength(text: string): number };
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
