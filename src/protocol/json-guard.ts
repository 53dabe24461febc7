import { CodecError } from "./codec-error.ts";
import type { ValueLimits } from "./guard.ts";
import { utf8LengthNatively } from "./native-utf8.ts";

/**
 * The value of a JSON text, held to the same limits as a msgpack frame. `JSON.parse` alone would accept half a million
 * levels, a key `__proto__`, and lone surrogates, which become U+FFFD here as they have no UTF-8 form.
 * Throws a {@link CodecError}.
 */
export function parseJson(text: string, limits: ValueLimits): unknown {
  assertJsonFits(text, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodecError(`expected JSON: ${withoutExtract((cause as Error).message)}`, { cause });
  }
  return mayNeedRepair(text) ? plainCopy(value, limits.frameDepth) : value;
}

/** V8 quotes some of the text, which may be a part of a token. */
function withoutExtract(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, " in JSON");
}

/** Throws a {@link CodecError} for a text over the limits; whether it is JSON at all is for `JSON.parse` to say. */
export function assertJsonFits(text: string, limits: ValueLimits): void {
  // Nearly every text is so short that even three bytes a character would fit, and needs no counting.
  const bytes = text.length * 3 > limits.frameBytes ? utf8Length(text) : text.length;
  if (bytes > limits.frameBytes) throw new CodecError(`${bytes} bytes: expected at most ${limits.frameBytes}`);
  const { depth, nodes } = scanJson(text);
  if (depth > limits.frameDepth) {
    throw new CodecError(`${depth} levels of nesting: expected at most ${limits.frameDepth}`);
  }
  if (nodes > limits.frameNodes) {
    throw new CodecError(`${nodes} values and keys: expected at most ${limits.frameNodes}`);
  }
}

/**
 * How deep a JSON text is nested and how many values and keys it holds, counted as the msgpack guard counts them,
 * without parsing it. Of a text that is no JSON it tells this of the part before the error, or more.
 */
export function scanJson(text: string): { depth: number; nodes: number } {
  let depth = 0;
  let deepest = 0;
  let nodes = 0;
  let inScalar = false;
  for (let at = 0; at < text.length; at++) {
    const kind = kinds[text.charCodeAt(at)] ?? scalar;
    if (kind === scalar) {
      if (!inScalar) nodes++;
      inScalar = true;
      continue;
    }
    inScalar = false;
    if (kind === separator) continue;
    if (kind === closing) {
      depth--;
      continue;
    }
    nodes++;
    if (kind === quote) at = endOfString(text, at);
    else if (++depth > deepest) deepest = depth;
  }
  return { depth: deepest, nodes };
}

const scalar = 0;
const separator = 1;
const quote = 2;
const opening = 3;
const closing = 4;

/** What a character means outside of a string: a number or a literal is made of all those that mean nothing else. */
const kinds = new Uint8Array(128);
for (const character of " \t\n\r,:") kinds[character.charCodeAt(0)] = separator;
for (const character of "[{") kinds[character.charCodeAt(0)] = opening;
for (const character of "]}") kinds[character.charCodeAt(0)] = closing;
kinds[0x22] = quote;

/** The index of the quote that closes the string opened at `open`, or the text's length. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close !== -1; close = text.indexOf('"', close + 1)) {
    let before = close - 1;
    while (text.charCodeAt(before) === 0x5c) before--;
    // An even number of backslashes escape one another and leave the quote alone.
    if ((close - before) % 2 === 1) return close;
  }
  return text.length;
}

/** Whether a JSON text could hold a key `__proto__`, perhaps spelled with escapes, or a lone surrogate. Cheap. */
export function mayNeedRepair(text: string): boolean {
  return text.includes("__proto__") || escapes.test(text) || !text.isWellFormed();
}

/** An escaped letter of `__proto__`, or half of a surrogate pair. */
const escapes = /\\u(?:005[fF]|007[024]|006[fF]|[dD][89a-fA-F])/;

/**
 * A copy that consists of JSON values and byte arrays alone, in whose strings lone surrogates have become U+FFFD. What
 * has a `toJSON` is replaced by what that returns, as in `JSON.stringify`. Throws a {@link CodecError} that gives the
 * path, for a key `__proto__`, for more than `levels` of nesting, and for a value of any other kind.
 */
export function plainCopy(value: unknown, levels: number): unknown {
  return copyAt("", value, levels);
}

function copyAt(path: string, original: unknown, levels: number): unknown {
  const value = hasToJson(original) ? original.toJSON() : original;
  if (typeof value === "string") return value.toWellFormed();
  if (value === undefined || typeof value === "boolean" || typeof value === "number") return value;
  if (value === null || value instanceof Uint8Array) return value;
  if (levels === 0) throw refusal(path, "expected fewer levels of nesting");
  if (Array.isArray(value)) return Array.from(value, (item, index) => copyAt(`${path}[${index}]`, item, levels - 1));
  if (kindOf(value) === "Object") return copyObject(path, value, levels);
  throw refusal(path, `expected a JSON value, got ${kindOf(value)}`);
}

function copyObject(path: string, value: object, levels: number): object {
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const itemPath = `${path}${/^[\w$]{1,40}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 40))}]`}`;
    if (key === "__proto__") throw refusal(itemPath, "expected any other key");
    copy[key.toWellFormed()] = copyAt(itemPath, item, levels - 1);
  }
  return copy;
}

/** Says where, but of a cycle's path not all of it. */
const refusal = (path: string, problem: string): CodecError =>
  new CodecError(`value${path.length <= 200 ? path : `${path.slice(0, 200)}…`}: ${problem}`);

function hasToJson(value: unknown): value is { toJSON: () => unknown } {
  return typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function";
}

/** `Object`, `Set`, `BigInt` … */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice("[object ".length, -1);

/** Bytes of a text in UTF-8, where a lone surrogate takes the three of U+FFFD. */
export function utf8Length(text: string): number {
  const native = utf8LengthNatively(text);
  if (native !== undefined) return native;
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      at++;
    } else bytes += 2;
  }
  return bytes;
}
