/** Bounds of a {@link BoundedList}. */
interface ListBounds {
  /** Default: no bound. */
  readonly items?: number | undefined;
  /** By what `push` is told. Default: no bound. */
  readonly bytes?: number | undefined;
}

/**
 * A list that forgets its oldest items when it has too many. An item keeps its index for as long as it is there: indexes
 * count all items that were ever pushed, from 0.
 */
export class BoundedList<T> {
  readonly #bounds: ListBounds;
  #items: { readonly item: T; readonly bytes: number }[] = [];
  /** Items at the front of `#items` that are forgotten and not yet cut off. */
  #stale = 0;
  #first = 0;
  #bytes = 0;

  constructor(bounds: ListBounds = {}) {
    this.#bounds = bounds;
  }

  /** Index of the oldest item, which is also how many were forgotten. */
  get first(): number {
    return this.#first;
  }

  /** Index behind the newest item. */
  get end(): number {
    return this.#first + this.length;
  }

  get length(): number {
    return this.#items.length - this.#stale;
  }

  at(index: number): T | undefined {
    return index < this.#first ? undefined : this.#items[index - this.#first + this.#stale]?.item;
  }

  push(item: T, bytes = 0): void {
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    const { items: mostItems = Infinity, bytes: mostBytes = Infinity } = this.#bounds;
    // The newest stays, however large it is.
    while (this.length > mostItems || (this.#bytes > mostBytes && this.length > 1)) this.forgetOldest();
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let index = this.#first; index < this.end; index++) {
      const item = this.at(index);
      if (item !== undefined) yield item;
    }
  }

  forgetOldest(): void {
    if (this.length === 0) return;
    this.#bytes -= this.#items[this.#stale]?.bytes ?? 0;
    this.#stale += 1;
    this.#first += 1;
    // Cut off rarely, as that moves all the others.
    if (this.#stale < 1_024 || this.#stale < this.#items.length / 2) return;
    this.#items = this.#items.slice(this.#stale);
    this.#stale = 0;
  }
}
