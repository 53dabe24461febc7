/**
 * Random numbers that are the same for the same seed, whatever else happens in the process. The generator is sfc32: 128
 * bits of state, some nanoseconds a number.
 */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    [this.#a, this.#b, this.#c] = hashesOf(seed);
    // The first numbers still show the seed.
    for (let round = 0; round < 15; round++) this.next();
  }

  /** A generator of its own for whoever is called so: what one draws changes nothing for another. */
  of(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** One of the list, which has one at least; where there are weights, by these. */
  pick<T>(list: readonly T[], weightOf: (item: T) => number = () => 1): T {
    const sum = list.reduce((total, item) => total + weightOf(item), 0);
    let left = this.next() * sum;
    const found = list.find((item) => (left -= weightOf(item)) < 0) ?? list.at(-1);
    if (found === undefined) throw new RangeError("pick: expected a list with one item at least, got none");
    return found;
  }
}

/** Three 32-bit numbers, each of which depends on every character (FNV-1a, with an offset of its own for each). */
function hashesOf(text: string): [number, number, number] {
  const hash = (offset: number) => {
    let value = offset;
    for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
    return value;
  };
  return [hash(0x811c9dc5), hash(0x2f0b4c47), hash(0x5d1a7e39)];
}
