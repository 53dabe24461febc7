import type { BoundedList } from "./bounded-list.ts";

/** The items of a {@link BoundedList} that pass a test. Each is looked at once, however often the list is read. */
export class FilteredList<T> {
  readonly #list: BoundedList<T>;
  readonly #accepts: (item: T) => boolean;
  #found: number[] = [];
  #seen: number;

  constructor(list: BoundedList<T>, accepts: (item: T) => boolean) {
    this.#list = list;
    this.#accepts = accepts;
    this.#seen = list.first;
  }

  /** Looks at what came since, up to an index: a list that is paused does not grow. Gives the indexes that passed. */
  indexes(end = this.#list.end): readonly number[] {
    const { first } = this.#list;
    const [oldest] = this.#found;
    if (oldest !== undefined && oldest < first) this.#found = this.#found.filter((index) => index >= first);
    for (let index = Math.max(this.#seen, first); index < Math.min(end, this.#list.end); index++) {
      const item = this.#list.at(index);
      if (item !== undefined && this.#accepts(item)) this.#found.push(index);
      this.#seen = index + 1;
    }
    return this.#found;
  }
}
