/** Smaller memory is nothing special. */
const LARGE = 64 * 1024;

/** What there may be of memory that V8 does not count, garbage included. As much lets V8 itself grow unseen. */
const MOST_UNCOUNTED = 64 * 1024 * 1024;

/** Bytes of it that have not been collected. */
let uncounted = 0;

const collected = new FinalizationRegistry<number>((bytes) => (uncounted -= bytes));

/**
 * Memory for a message, of its own. That of a large one is not held against the heap of JavaScript, while there is not
 * much of it: V8 adds up what lies beside the heap, and at every 2 to 16 MB (where the heap is as small as that of an idle
 * gateway; the more it holds, the more) it marks all that is alive. For each text of 10 MB that passed by, four times that
 * were allocated, and the marking took 25 of the 33 ms that the gateway was busy. What is shared memory is not counted,
 * since more than one isolate could have it; here none but this one does.
 */
export function allocateMessage(bytes: number): Uint8Array {
  if (bytes < LARGE || uncounted + bytes > MOST_UNCOUNTED) return new Uint8Array(bytes);
  const memory = new SharedArrayBuffer(bytes);
  uncounted += bytes;
  collected.register(memory, bytes);
  return new Uint8Array(memory);
}
