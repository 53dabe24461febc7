/** What it keeps by number or name. */
export type Table<V> = Map<Key, V>;
type Key = number | string;

/**
 * What the prelude uses of the language, captured before the cell's code runs: whatever a cell does to its globals and
 * prototypes later, the helpers go on working (rule J13). Like every function of the prelude it refers to nothing outside
 * its own body and its parameters, because its text is what runs in the isolate.
 *
 * Inside the prelude these are off limits, since a cell can change what they do: method calls on built-ins, `for…of`,
 * spread and array destructuring, and storing into an array by index.
 */
export function createRealm() {
  const { apply, construct, defineProperty } = Reflect;
  const { create, freeze, hasOwn } = Object;
  const { stringify, parse } = JSON;
  const { isArray } = Array;
  const { captureStackTrace } = Error;
  const { now } = Date;
  const { isFinite } = Number;
  const toNumber = Number;
  const NativeArrayBuffer = ArrayBuffer;
  const NativeError = Error;
  const NativeTypeError = TypeError;
  const NativePromise = Promise;
  const NativeSyntaxError = SyntaxError;
  const NativeMap = Map;
  const toText = String;
  const functionText = Function.prototype.toString;
  const { get: mapGet, set: mapSet, delete: mapDelete, keys: mapKeys } = Map.prototype;
  const nextKey = new Map<number, unknown>().keys().next;
  const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get as () => number;
  const { then } = Promise.prototype;
  const { toWellFormed, charCodeAt, slice, indexOf, toLowerCase } = String.prototype;
  // Four times as fast as `apply` in a long loop, and as safe: what a bound function calls cannot be changed.
  const codeAt = Function.prototype.call.bind(charCodeAt) as (text: string, index: number) => number;

  /**
   * It has no prototype: from `Object.prototype` it would inherit a `get` that a cell may have put there. One does for all
   * definitions, since to make one takes as long as to define by it.
   */
  const descriptor = {
    __proto__: null,
    value: undefined as unknown,
    writable: true,
    configurable: true,
    enumerable: false,
  };
  const define = (object: object, name: string, value: unknown): void => {
    descriptor.value = value;
    defineProperty(object, name, descriptor as object);
  };

  /** A global as the language defines its own: writable, and not listed. */
  const defineGlobal = (name: string, value: object): void => define(globalThis, name, value);

  const { wait } = Atomics;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  /** Stops the cell's thread; unlike a loop it costs nothing, and like one it ends when the isolate is disposed. */
  const sleep = (ms: number): void => void wait(sleeper, 0, 0, ms);

  // These escape the memory limit (WebAssembly and shared memory) or the seal of the isolate's clock (Atomics.wait);
  // V8's `console` does nothing here and would only mislead.
  delete (globalThis as { console?: unknown }).console;
  delete (globalThis as { WebAssembly?: unknown }).WebAssembly;
  delete (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer;
  delete (globalThis as { Atomics?: unknown }).Atomics;
  // Its callbacks run whenever anyone enters the isolate next, be it the executor's own thread, for as long as they like.
  delete (globalThis as { FinalizationRegistry?: unknown }).FinalizationRegistry;

  // A resizable buffer grows past the memory limit unseen (1 GB in two seconds), so buffers have a fixed length.
  const FixedArrayBuffer = function ArrayBuffer(this: unknown, length: number) {
    if (new.target === undefined) throw new NativeTypeError("Constructor ArrayBuffer requires 'new'");
    const target = (new.target as unknown) === FixedArrayBuffer ? NativeArrayBuffer : (new.target as never);
    return construct(NativeArrayBuffer, [length], target);
  };
  const bufferPrototype = NativeArrayBuffer.prototype;
  defineProperty(FixedArrayBuffer, "prototype", { value: bufferPrototype, writable: false });
  define(FixedArrayBuffer, "isView", NativeArrayBuffer.isView);
  defineProperty(FixedArrayBuffer, Symbol.species, {
    configurable: true,
    get(this: unknown) {
      return this;
    },
  });
  // What is written where something stands already stays writable, and is not listed.
  bufferPrototype.constructor = FixedArrayBuffer;
  globalThis.ArrayBuffer = FixedArrayBuffer as unknown as ArrayBufferConstructor;
  delete (bufferPrototype as { resize?: unknown }).resize;
  delete (bufferPrototype as { maxByteLength?: unknown }).maxByteLength;
  delete (bufferPrototype as { resizable?: unknown }).resizable;

  /** An error whose `toString()` is the bare message (rule J11); its stack starts where `helper` was called. */
  const createError = (message: string, helper: object): Error => {
    const error = new NativeError(message);
    define(error, "toString", () => message);
    captureStackTrace(error, helper as never);
    return error;
  };

  /** UTF-8 bytes of a well-formed string. */
  const utf8Bytes = (text: string): number => {
    let bytes = 0;
    for (let index = 0; index < text.length; index++) {
      const unit = codeAt(text, index);
      // Each half of a surrogate pair counts two of the pair's four bytes.
      bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
    }
    return bytes;
  };

  /** Whether a well-formed string takes more bytes than `limit`: it has one to three a unit, so few need counting. */
  const isLonger = (text: string, limit: number): boolean =>
    text.length > limit || (text.length * 3 > limit && utf8Bytes(text) > limit);

  // A cell can neither see a table nor change what these do with it.
  const createTable = <V>(): Table<V> => new NativeMap();
  const get = <V>(table: Table<V>, key: Key): V | undefined => apply(mapGet, table, [key]) as V | undefined;
  const set = <V>(table: Table<V>, key: Key, value: V): void => void apply(mapSet, table, [key, value]);
  const remove = (table: Table<unknown>, key: Key): boolean => apply(mapDelete, table, [key]);
  const sizeOf = (table: Table<unknown>): number => apply(mapSize, table, []);
  /** The key that has been there longest. */
  const firstKey = (table: Table<unknown>): Key | undefined => apply(nextKey, apply(mapKeys, table, []), []).value;

  return {
    __proto__: null,
    apply,
    captureStackTrace,
    create,
    createError,
    createTable,
    define,
    defineGlobal,
    defineProperty,
    firstKey,
    freeze,
    functionText,
    get,
    hasOwn,
    indexOf,
    isArray,
    isFinite,
    isLonger,
    NativeError,
    NativePromise,
    NativeSyntaxError,
    NativeTypeError,
    now,
    parse,
    remove,
    set,
    sizeOf,
    sleep,
    slice,
    stringify,
    then,
    toLowerCase,
    toNumber,
    toText,
    toWellFormed,
    utf8Bytes,
  };
}

export type Realm = ReturnType<typeof createRealm>;
