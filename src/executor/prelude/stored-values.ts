import type { Serializer } from "./json.ts";
import type { Realm } from "./realm.ts";
import type { Send } from "./run.ts";

/** Bounds of what a cell may store (rule V5). */
export interface StoreLimits {
  readonly storedEntries: number;
  readonly storedValueBytes: number;
  readonly storedBytes: number;
}

/** A key, the JSON text of its value, and the bytes that both take. */
export type StoredText = readonly [key: string, json: string, bytes: number];

/** `store` and `load` (rules V1 to V5). Returns the function that sets the session's values before the cell starts. */
export function defineStoredValues(
  realm: Realm,
  send: Send,
  serialize: Serializer,
  limits: StoreLimits,
): (snapshot: readonly StoredText[]) => void {
  const { apply, createError, createTable, defineGlobal, get, parse, set, sizeOf } = realm;
  const { stringify, toWellFormed, utf8Bytes } = realm;
  const { storedEntries, storedValueBytes, storedBytes } = limits;
  let texts = createTable<string>();
  let sizes = createTable<number>();
  let total = 0;

  const put = (key: string, json: string, bytes: number): void => {
    total += bytes - (get(sizes, key) ?? 0);
    set(texts, key, json);
    set(sizes, key, bytes);
  };

  const checkRoom = (key: string, bytes: number): void => {
    const fail = (what: string) => createError(`Unable to store ${stringify(key)}. ${what}`, store);
    const count = sizeOf(texts) + (get(texts, key) === undefined ? 1 : 0);
    if (count > storedEntries) throw fail(`A session stores at most ${storedEntries} values (storedEntries).`);
    if (bytes > storedValueBytes) throw fail(`A value takes at most ${storedValueBytes} bytes (storedValueBytes).`);
    if (total + bytes - (get(sizes, key) ?? 0) > storedBytes) {
      throw fail(`A session stores at most ${storedBytes} bytes (storedBytes).`);
    }
  };

  const keyOf = (key: unknown, helper: object): string => {
    if (typeof key !== "string")
      throw createError(`${helper === store ? "store" : "load"} expects a string key`, helper);
    return apply(toWellFormed, key, []);
  };

  const store = (name: unknown, value: unknown): void => {
    const key = keyOf(name, store);
    const plain = "Only plain serializable objects can be stored.";
    const fail = (problem: string) => createError(`Unable to store ${stringify(key)}. ${problem}`, store);
    if (key === "__proto__") throw fail("This key is not allowed.");
    const json = serialize(value, (problem) => fail(`${plain} (${problem})`));
    if (json === undefined) throw fail(plain);
    // What is too long anyway is not counted.
    const length = key.length + json.length;
    const bytes = length > storedValueBytes ? length : utf8Bytes(key) + utf8Bytes(json);
    checkRoom(key, bytes);
    put(key, json, bytes);
    send("write", key, json);
  };

  const load = (name: unknown): unknown => {
    const json = get(texts, keyOf(name, load));
    return json === undefined ? undefined : parse(json);
  };

  defineGlobal("store", store);
  defineGlobal("load", load);

  return (snapshot) => {
    texts = createTable();
    sizes = createTable();
    total = 0;
    for (let index = 0; index < snapshot.length; index++) {
      const entry = snapshot[index] as StoredText;
      put(entry[0], entry[1], entry[2]);
    }
  };
}
