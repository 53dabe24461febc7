/** First in, first out, in constant time however long it is. */
export class Queue<T> {
  #items: T[] = [];
  /** Where the first one is: what is before it was taken. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head > 1_000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes all, and returns how many there were. */
  clear(): number {
    const { length } = this;
    this.#items = [];
    this.#head = 0;
    return length;
  }
}
