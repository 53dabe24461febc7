import type { Realm } from "./realm.ts";

/** The way from the outermost value to one inside it. */
interface Step {
  readonly parent: Step | undefined;
  readonly key: string | number;
  readonly value: object;
}

/**
 * Turns a cell's value into JSON text, or says what in it JSON cannot carry, and where (rules T3, V3, V4). What
 * JSON.stringify would drop or bend without a word (functions, symbols) is refused; `undefined` is dropped, as there.
 */
export function createSerializer(realm: Realm, maxDepth: number) {
  const { apply, isArray, keys, stringify } = realm;

  /** Long paths are cut: what stands at their end is as deep as the message needs to say. */
  const pathOf = (step: Step | undefined, key: string | number): string => {
    if (step === undefined) return toPath(key);
    const path = pathOf(step.parent, step.key);
    return path.length > 100 ? path : path.length + toPath(key).length > 100 ? `${path}…` : path + toPath(key);
  };
  const toPath = (key: string | number): string => {
    if (key === "") return "";
    return typeof key === "number" ? `[${key}]` : `.${key}`;
  };

  const problemAt = (step: Step | undefined, key: string | number, what: string) => ({
    path: pathOf(step, key),
    what,
  });

  const isAncestor = (value: object, from: Step | undefined): boolean => {
    for (let step = from; step !== undefined; step = step.parent) if (step.value === value) return true;
    return false;
  };

  const check = (
    given: unknown,
    parent: Step | undefined,
    key: string | number,
    depth: number,
  ): { path: string; what: string } | undefined => {
    let value = given;
    if (typeof value === "object" && value !== null) {
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === "function") value = apply(toJSON as () => unknown, value, [key]);
    }
    if (typeof value === "bigint") return problemAt(parent, key, "is a BigInt");
    if (typeof value === "function") return problemAt(parent, key, "is a function");
    if (typeof value === "symbol") return problemAt(parent, key, "is a symbol");
    if (typeof value !== "object" || value === null) return undefined;
    if (isAncestor(value, parent)) return problemAt(parent, key, "contains itself");
    if (depth > maxDepth) return problemAt(parent, key, `is nested more than ${maxDepth} levels deep`);
    const step: Step = { parent, key, value };
    if (isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        const found = check(value[index], step, index, depth + 1);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const names = keys(value);
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      if (name === "__proto__") return problemAt(step, name, "is a key that is not allowed");
      const found = check((value as Record<string, unknown>)[name], step, name, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /** The JSON text, or undefined where there is none (the value itself is undefined). `fail` makes the error. */
  return (value: unknown, fail: (problem: string) => Error): string | undefined => {
    const problem = check(value, undefined, "", 1);
    if (problem !== undefined) throw fail(`value${problem.path} ${problem.what}`);
    return stringify(value);
  };
}

export type Serializer = ReturnType<typeof createSerializer>;
