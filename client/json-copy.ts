import { nameOf } from "../src/protocol/check.ts";
import type { Limits } from "../src/protocol/limits.ts";
import type { JsonValue } from "../src/protocol/values.ts";

/** A value that cannot be sent as JSON. The message gives path, expected and got. */
export class JsonCopyError extends Error {
  override readonly name = "JsonCopyError";
  /** Whether it is JSON, but over a limit. */
  readonly overLimit: boolean;

  constructor(message: string, overLimit: boolean) {
    super(message);
    this.overLimit = overLimit;
  }
}

/** The limits that a value is held against before it is encoded. */
export type JsonLimits = Pick<Limits, "frameNodes" | "frameBytes">;

/**
 * What `JSON.stringify` would make of a value, as a value: `toJSON` is honoured, properties that are undefined are left
 * out, numbers that are not finite become null; undefined itself stays undefined. But what it would drop or empty without
 * a word (functions, symbols, maps, sets, bytes …) is refused, and so are cycles, keys `__proto__`, more than `levels` of
 * nesting and whatever else is over a limit. Lone surrogates become U+FFFD. `subject` begins the path. Throws
 * {@link JsonCopyError}, and what a getter or a `toJSON` throws.
 */
export function jsonCopy(value: unknown, subject: string, levels: number, limits: JsonLimits): JsonValue | undefined {
  return new Copier(levels, limits).copy(value, subject, "");
}

class Copier {
  readonly #levels: number;
  readonly #limits: JsonLimits;
  /** The containers around the value at hand, outermost first. */
  readonly #around: unknown[] = [];
  #nodes = 0;
  /** Characters so far: never more than the bytes that they will take. */
  #characters = 0;

  constructor(levels: number, limits: JsonLimits) {
    this.#levels = levels;
    this.#limits = limits;
  }

  copy(original: unknown, path: string, key: string): JsonValue | undefined {
    const value = hasToJson(original) ? original.toJSON(key) : original;
    if (value === undefined) return undefined;
    this.#count(path);
    if (value === null || typeof value === "boolean") return value;
    // JSON has no -0, and -0 + 0 is 0.
    if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
    if (typeof value === "string") return this.#text(value, path);
    if (typeof value === "object") return this.#container(value, path);
    throw new JsonCopyError(`${path}: expected a JSON value, got a ${typeof value}`, false);
  }

  #container(value: object, path: string): JsonValue {
    if (this.#around.includes(value)) throw new JsonCopyError(`${path}: expected no cycle, got one`, false);
    const kind = kindOf(value);
    if (kind !== "Array" && kind !== "Object") {
      throw new JsonCopyError(`${path}: expected a JSON value, got ${kind}`, false);
    }
    if (this.#around.length === this.#levels) {
      throw new JsonCopyError(`${path}: expected at most ${this.#levels} levels of nesting, got more`, true);
    }
    this.#around.push(value);
    const copy = Array.isArray(value) ? this.#list(value, path) : this.#map(value, path);
    this.#around.pop();
    return copy;
  }

  #list(list: readonly unknown[], path: string): JsonValue[] {
    const copy: JsonValue[] = [];
    // By index: a list with holes is as long as it says, and stops at the limit of nodes.
    for (let index = 0; index < list.length; index++) {
      const item = this.copy(list[index], `${path}[${index}]`, String(index));
      if (item === undefined) this.#count(path);
      copy.push(item ?? null);
    }
    return copy;
  }

  #map(map: object, path: string): { [key: string]: JsonValue } {
    const copy: { [key: string]: JsonValue } = {};
    for (const [key, item] of Object.entries(map)) {
      const itemPath = `${path}${/^[\w$]{1,40}$/.test(key) ? `.${key}` : `[${nameOf(key)}]`}`;
      if (key === "__proto__") throw new JsonCopyError(`${itemPath}: expected any other key`, false);
      const itemCopy = this.copy(item, itemPath, key);
      if (itemCopy === undefined) continue;
      this.#count(path);
      copy[this.#text(key, path)] = itemCopy;
    }
    return copy;
  }

  #text(text: string, path: string): string {
    this.#characters += text.length;
    const { frameBytes } = this.#limits;
    if (this.#characters > frameBytes) {
      throw new JsonCopyError(`${path}: expected at most ${frameBytes} bytes in all (frameBytes), got more`, true);
    }
    return text.toWellFormed();
  }

  #count(path: string): void {
    this.#nodes += 1;
    const { frameNodes } = this.#limits;
    if (this.#nodes > frameNodes) {
      throw new JsonCopyError(
        `${path}: expected at most ${frameNodes} values and keys in all (frameNodes), got more`,
        true,
      );
    }
  }
}

function hasToJson(value: unknown): value is { toJSON: (key: string) => unknown } {
  return typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function";
}

/** `Object`, `Set`, `Map` … */
const kindOf = (value: object): string => Object.prototype.toString.call(value).slice("[object ".length, -1);
