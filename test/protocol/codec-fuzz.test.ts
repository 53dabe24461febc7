import { isDeepStrictEqual } from "node:util";
import { decode, encode } from "@msgpack/msgpack";
import { expect, test } from "vitest";
import { msgpackr } from "../../src/gateway/msgpackr.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { guardMsgpack } from "../../src/protocol/guard.ts";
import { scanJson } from "../../src/protocol/json-guard.ts";

/** Another seed for each run; `FUZZ_SEED=… npx vitest run test/protocol/codec-fuzz.test.ts` repeats one. */
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 32);
const inputs = 100_000;
const limits = { frameBytes: 4 << 20, frameDepth: 160, frameNodes: 100_000 };
const msgpack = createCodec("cellgate.v1.msgpack", limits);
const gateways = createCodec("cellgate.v1.msgpack", limits, msgpackr);
const json = createCodec("cellgate.v1.json", limits);

/** mulberry32: small, and the same everywhere. */
class Random {
  #state: number;
  constructor(start: number) {
    this.#state = start;
  }
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

// Around the edges where headers change size and where msgpackr and its peer take another path for strings.
const lengths = [
  0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 66, 100, 139, 140, 180, 199, 255, 256, 300,
];
const alphabets = [
  "abcdefgh_$",
  "äöüß",
  "你好，。",
  "😀🎉",
  'a\u0000\u001f\u007f"\\',
  "aé€😀\ufffd\uffff",
  "\u2028\ufeff",
];
const keys = [
  "type",
  "id",
  "value",
  "",
  "0",
  "17",
  "4294967294",
  "constructor",
  "toJSON",
  "hasOwnProperty",
  "__proto_",
  "length",
];
const numbers = [
  0,
  -0,
  1,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  -1,
  -32,
  -33,
  -128,
  -129,
].concat([-32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, 1 - 2 ** 53, 0.5, 1e300, 5e-324, Math.PI, 2 ** 53, 2 ** 64]);

function text(random: Random): string {
  const length = random.below(4) === 0 ? random.of(lengths) : random.below(20);
  const characters = Array.from(random.of(alphabets));
  let result = "";
  while (result.length < length) result += random.of(characters);
  // The peer's own decoder swallows a byte order mark at the head of more than 200 bytes.
  return result.startsWith("\ufeff") ? result.slice(0, 66) : result;
}

/** A value that JSON can carry. */
function value(random: Random, levels: number): unknown {
  const kind = random.below(levels > 0 ? 10 : 6);
  if (kind === 0) return null;
  if (kind === 1) return random.below(2) === 0;
  if (kind === 2) return random.of(numbers);
  if (kind === 3) return random.below(2 ** 32) - 2 ** 31;
  if (kind <= 5) return text(random);
  const size = random.below(20) === 0 ? random.below(40) : random.below(5);
  if (kind <= 7) return Array.from({ length: size }, () => value(random, levels - 1));
  const object: Record<string, unknown> = {};
  for (let index = 0; index < size; index++) {
    object[random.below(2) === 0 ? random.of(keys) : text(random)] = value(random, levels - 1);
  }
  return object;
}

/** Bytes by no rule, or nearly so: tags that open something are as likely as all others together. */
function noise(random: Random): Uint8Array {
  const openers = [
    0x80, 0x81, 0x82, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0xa2, 0xa9, 0xc4, 0xd9, 0xcf, 0xd3, 0xde, 0xdc, 0xdf,
  ];
  const bytes = new Uint8Array(random.below(40));
  const wild = random.below(3) === 0;
  return bytes.map(() => (wild || random.below(2) === 0 ? random.below(256) : random.of(openers)));
}

/** A frame in which some bytes were changed, lost, doubled or put in. */
function mutant(random: Random): Uint8Array {
  let bytes = [...encode(value(random, 2))];
  for (let rounds = 1 + random.below(2); rounds > 0; rounds--) {
    const at = random.below(bytes.length + 1);
    const kind = random.below(6);
    if (kind === 0) bytes = bytes.slice(0, at);
    else if (kind === 1) bytes.splice(at, 1 + random.below(3));
    else if (kind === 2) bytes.splice(at, 0, random.below(256));
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(8)));
    else if (kind === 4) bytes[at] = random.below(256);
    else bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return Uint8Array.from(bytes);
}

function fail(about: string, bytes: Uint8Array): never {
  throw new Error(`seed ${seed}: ${about}: ${Buffer.from(bytes.subarray(0, 1000)).toString("hex")}`);
}

/** What the peer makes of it; its refusal is an object that equals nothing. */
const refused = Symbol("refused");
function peer(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return refused;
  }
}

test(`whatever the guard lets through, all decoders read the same, and nothing passes that the other refuses`, () => {
  const random = new Random(seed);
  let passed = 0;
  for (let input = 0; input < inputs; input++) {
    const kind = input % 3;
    const bytes = kind === 0 ? noise(random) : kind === 1 ? mutant(random) : encode(value(random, 4));
    const problem = guardMsgpack(bytes, limits);
    if (problem !== undefined) {
      if (kind === 2) fail(`a plain value was refused (${problem})`, bytes);
      continue;
    }
    passed++;
    const theirs = peer(bytes);
    if (theirs === refused) fail("the guard passes what @msgpack/msgpack refuses", bytes);
    // ws hands out Buffers, for which msgpackr has shortcuts, and browsers plain arrays.
    const message = input % 2 === 0 ? bytes : Buffer.from(bytes);
    if (!isDeepStrictEqual(msgpack.decode(message), theirs)) fail("the client's decoder differs", bytes);
    if (!sameValue(gateways.decode(message), theirs)) fail("the gateway's decoder differs", bytes);
  }
  // Or else the fuzz would show nothing.
  expect(passed).toBeGreaterThan(inputs / 3 + 5_000);
  expect(passed).toBeLessThan(inputs);
  console.log(`fuzz: seed ${seed}: ${passed} of ${inputs} inputs passed the guard`);
});

/** msgpackr gives bytes of a Buffer back as a Buffer. */
function sameValue(ours: unknown, theirs: unknown): boolean {
  return isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(unbuffered(ours), theirs);
}

function unbuffered(from: unknown): unknown {
  if (from instanceof Uint8Array) return new Uint8Array(from);
  if (Array.isArray(from)) return from.map(unbuffered);
  if (typeof from !== "object" || from === null) return from;
  return Object.fromEntries(Object.entries(from).map(([key, item]) => [key, unbuffered(item)]));
}

test("every plain value comes through all codecs, and the peer reads what msgpack writes", () => {
  const random = new Random(seed + 1);
  for (let input = 0; input < inputs / 5; input++) {
    // As JSON has it: neither codec keeps the sign of -0.
    const frame = JSON.parse(JSON.stringify({ value: value(random, 4) })) as object;
    const bytes = msgpack.encode(frame) as Uint8Array;
    if (!isDeepStrictEqual(msgpack.decode(bytes), frame)) fail("msgpack changed a value", bytes);
    if (Buffer.compare(gateways.encode(frame) as Uint8Array, bytes) !== 0) fail("the gateway writes otherwise", bytes);
    if (!isDeepStrictEqual(peer(bytes), frame)) fail("the peer reads another value", bytes);
    const message = json.encode(frame) as string;
    if (JSON.stringify(json.decode(message)) !== message) fail("JSON changed a value", bytes);
    const { depth, nodes } = scanJson(message);
    const exact = { ...limits, frameDepth: depth, frameNodes: nodes };
    const fewer = guardMsgpack(bytes, { ...exact, frameNodes: nodes - 1 });
    const flatter = guardMsgpack(bytes, { ...exact, frameDepth: depth - 1 });
    if (guardMsgpack(bytes, exact) !== undefined || fewer === undefined || flatter === undefined) {
      fail(`the guards count differently: ${depth} levels, ${nodes} nodes`, bytes);
    }
  }
});
