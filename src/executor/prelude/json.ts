import type { Realm } from "./realm.ts";

/** The way from the outermost value to one inside it. */
interface Step {
  readonly parent: Step | undefined;
  readonly key: string | number;
  readonly value: object;
  /** Levels of nesting up to here, this one included. */
  readonly depth: number;
}

/**
 * Turns a cell's value into JSON text, or says what in it JSON cannot carry, and where (rules T3, V3, V4). What
 * JSON.stringify would drop or bend without a word (functions, symbols) is refused; `undefined` is dropped, as there.
 * It looks at what JSON.stringify is about to write, and not at the value beforehand: a getter or a `toJSON` may give
 * something else the second time.
 */
export function createSerializer(realm: Realm, maxDepth: number) {
  const { apply, isArray, slice, stringify } = realm;

  /** Long paths are cut: what stands at their end is as deep as the message needs to say. */
  const pathOf = (step: Step | undefined, key: string | number): string => {
    if (step === undefined) return "";
    const path = pathOf(step.parent, step.key);
    if (path.length > 100) return path;
    const longer = path + toPath(key);
    return longer.length > 100 ? `${apply(slice, longer, [0, 100])}\u2026` : longer;
  };
  const toPath = (key: string | number): string => {
    if (key === "") return '[""]';
    return typeof key === "number" ? `[${key}]` : `.${key}`;
  };

  const isAncestor = (value: object, from: Step | undefined): boolean => {
    for (let step = from; step !== undefined; step = step.parent) if (step.value === value) return true;
    return false;
  };

  const problemOf = (value: unknown, key: string | number, parent: Step | undefined): string | undefined => {
    if (key === "__proto__") return "is a key that is not allowed";
    if (typeof value === "bigint") return "is a BigInt";
    if (typeof value === "function") return "is a function";
    if (typeof value === "symbol") return "is a symbol";
    if (typeof value !== "object" || value === null) return undefined;
    if (isAncestor(value, parent)) return "contains itself";
    return parent?.depth === maxDepth ? `is nested more than ${maxDepth} levels deep` : undefined;
  };

  /** The JSON text, or undefined where there is none (the value itself is undefined). `fail` makes the error. */
  return (outermost: unknown, fail: (problem: string) => Error): string | undefined => {
    let last: Step | undefined;
    return stringify(outermost, function (this: object, name: string, value: unknown): unknown {
      let parent = last;
      while (parent !== undefined && parent.value !== this) parent = parent.parent;
      const key = parent !== undefined && isArray(this) ? +name : name;
      const problem = problemOf(value, key, parent);
      if (problem !== undefined) throw fail(`value${pathOf(parent, key)} ${problem}`);
      last = parent;
      if (typeof value === "object" && value !== null) last = { parent, key, value, depth: (parent?.depth ?? 0) + 1 };
      return value;
    });
  };
}

export type Serializer = ReturnType<typeof createSerializer>;
