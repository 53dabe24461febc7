import type { Random } from "./random.ts";

/** Characters of which texts are made: such as need no escape in a literal of JavaScript, nor in JSON. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789";
const POOL_CHARACTERS = 64 * 1024;

/** What differs from run to run of a flow, and is the same for the same seed. */
export class ScenarioData {
  /** Counts the sockets of the load, from 0. */
  readonly socket: number;
  /** Counts the flows of this socket, from 0. */
  readonly run: number;
  readonly random: Random;

  constructor(socket: number, run: number, random: Random) {
    this.socket = socket;
    this.run = run;
    this.random = random;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return this.random.integer(min, max);
  }

  /** One of the list. */
  pick<T>(list: readonly T[]): T {
    return this.random.pick(list);
  }

  /** ASCII letters, digits and spaces: so many bytes of them. It stands in quotes as it is. */
  text(bytes: number): string {
    const start = this.integer(0, POOL_CHARACTERS - 1);
    const whole = pool().repeat(Math.ceil((start + bytes) / POOL_CHARACTERS));
    return whole.slice(start, start + bytes);
  }
}

let made: string | undefined;

/** Text to cut from: making each text of its own would cost the client more than sending it. */
function pool(): string {
  if (made !== undefined) return made;
  // Any characters will do, as long as they do not shrink to nothing where somebody compresses them.
  let state = 1;
  const characters = Array.from({ length: POOL_CHARACTERS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ALPHABET[(state >>> 16) % ALPHABET.length];
  });
  made = characters.join("");
  return made;
}
