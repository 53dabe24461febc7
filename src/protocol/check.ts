import type { JsonValue } from "./values.ts";

/** What is wrong with a value, and where. */
export interface Problem {
  /** From the frame inwards: `.tools[1].name`. */
  path: string;
  expected: string;
  got: string;
}

/**
 * Tells what is wrong with a value, if anything. The phantom property makes `T` invariant, so that a check for a
 * required field does not pass for one of an optional field, nor one of a wider type for a narrower.
 */
export interface Check<T> {
  (value: unknown): Problem | undefined;
  readonly checks?: (value: T) => T;
}

/** A frame or a part of one failed its check. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/** Throws a {@link CheckError} that says path, expected and got, unless `value` passes. */
export function assertValid<T>(value: unknown, check: Check<T>, subject: string): asserts value is T {
  const problem = check(value);
  if (problem) throw new CheckError(describeProblem(problem, subject));
}

/** `execute.tools[1].name: expected a string, got 5` */
export function describeProblem(problem: Problem, subject: string): string {
  return `${subject}${problem.path}: expected ${problem.expected}, got ${problem.got}`;
}

/** A short name of a value for an error message. */
export function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length}`;
  return String(value);
}

const problem = (expected: string, value: unknown): Problem => ({ path: "", expected, got: nameOf(value) });

const inside = (key: string, found: Problem): Problem => ({ ...found, path: key + found.path });

export const isString: Check<string> = (value) => (typeof value === "string" ? undefined : problem("a string", value));

/** A string of at most so many UTF-16 units. */
export function stringUpTo(max: number): Check<string> {
  return (value) => {
    if (typeof value !== "string") return problem("a string", value);
    return value.length <= max ? undefined : problem(`at most ${max} characters`, value);
  };
}

/** A number other than NaN and the infinities. */
export const isNumber: Check<number> = (value) =>
  Number.isFinite(value) ? undefined : problem("a finite number", value);

export const isBoolean: Check<boolean> = (value) =>
  typeof value === "boolean" ? undefined : problem("true or false", value);

/** A whole number from `min` to 2^53 - 1. */
export function integer(min: number): Check<number> {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= min ? undefined : problem(`a whole number from ${min}`, value);
}

/** One of the given strings. */
export function oneOf<const S extends string>(...options: S[]): Check<S> {
  const expected = options.map((option) => JSON.stringify(option)).join(" or ");
  return (value) => (options.includes(value as S) ? undefined : problem(expected, value));
}

/** What `check` passes, or nothing. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

/** What `check` passes, or null. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value) => {
    const found = value === null ? undefined : check(value);
    return found && { ...found, expected: `${found.expected} or null` };
  };
}

/** A list whose items all pass. */
export function listOf<T>(check: Check<T>): Check<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return problem("a list", value);
    for (let index = 0; index < value.length; index++) {
      const found = check(value[index]);
      if (found) return inside(`[${index}]`, found);
    }
    return undefined;
  };
}

/** A check for each field of `T`: a missing, an extra and a mistyped one do not compile. */
export type FieldChecks<T> = { [K in keyof T]-?: Check<T[K]> };

/** An object whose fields pass. Fields that are not in `T` are ignored: version skew must not be fatal. */
export function shape<T extends object>(fields: FieldChecks<T>): Check<T> {
  const keys = Object.keys(fields);
  const checks = Object.values(fields) as Check<unknown>[];
  return (value) => {
    if (!isPlainObject(value)) return problem("an object", value);
    // By number: until it is compiled, a loop over pairs leaves half a kilobyte of garbage for each frame.
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      const found = checks[index]?.(value[key]);
      if (found) return inside(`.${key}`, found);
    }
    return undefined;
  };
}

/** The fields and no others, where one that is not known would be a mistake, or a lie. */
export function exactly<T extends object>(fields: FieldChecks<T>): Check<T> {
  const check = shape<T>(fields);
  return (value) => {
    const found = check(value);
    if (found) return found;
    const unknown = Object.keys(value as object).find((key) => !Object.hasOwn(fields, key));
    if (unknown === undefined) return undefined;
    return { path: `.${unknown}`, expected: `one of ${Object.keys(fields).join(", ")}`, got: "another field" };
  };
}

/** An object whose values all pass, under keys of any name. */
export function mapOf<T>(check: Check<T>): Check<{ [key: string]: T }> {
  return (value) => {
    if (!isPlainObject(value)) return problem("an object", value);
    for (const key of Object.keys(value)) {
      const found = check(value[key]);
      if (found) return inside(memberPath(key), found);
    }
    return undefined;
  };
}

/** A JSON value of at most `levels` levels, without a key `__proto__` (rules T3, V3, V4). */
export function jsonValue(levels: number): Check<JsonValue> {
  return (value) => jsonProblem(value, levels, levels);
}

function jsonProblem(value: unknown, left: number, levels: number): Problem | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : problem("a finite number", value);
  if (left === 0) return problem(`at most ${levels} levels of nesting`, value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = jsonProblem(value[index], left - 1, levels);
      if (found) return inside(`[${index}]`, found);
    }
    return undefined;
  }
  if (!isPlainObject(value)) return problem("a JSON value", value);
  for (const key of Object.keys(value)) {
    if (key === "__proto__") return inside(".__proto__", problem("any other key", key));
    const found = jsonProblem(value[key], left - 1, levels);
    if (found) return inside(memberPath(key), found);
  }
  return undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function memberPath(key: string): string {
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
