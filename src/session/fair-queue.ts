/**
 * A queue with a line for each owner. The owners take turns, so that a long line delays no other owner by more than one
 * item at a time; within a line, first come is first served.
 */
export class FairQueue<T> {
  /** No line is empty; the first has the next turn. */
  readonly #lines = new Map<string, Set<T>>();
  #length = 0;

  /** Items in all lines. */
  get length(): number {
    return this.#length;
  }

  /** Puts the item at the end of the owner's line. */
  add(owner: string, item: T): void {
    const line = this.#lines.get(owner) ?? new Set();
    this.#lines.set(owner, line.add(item));
    this.#length += 1;
  }

  /** Takes the first item of the owner whose turn it is. Undefined: the queue is empty. */
  next(): T | undefined {
    for (const [owner, line] of this.#lines) {
      for (const item of line) {
        this.remove(owner, item);
        // The owner's next turn comes after those of all others.
        if (this.#lines.delete(owner)) this.#lines.set(owner, line);
        return item;
      }
    }
    return undefined;
  }

  /** Takes an item out of the owner's line. Returns whether it was there. */
  remove(owner: string, item: T): boolean {
    const line = this.#lines.get(owner);
    if (!line?.delete(item)) return false;
    this.#length -= 1;
    if (line.size === 0) this.#lines.delete(owner);
    return true;
  }
}
