/** Counts what each of many names has, and gives a name no more than it may have. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** Counts one more for `name`. False, and nothing is counted, where it has `most` of them. */
  take(name: string, most: number): boolean {
    const count = this.#counts.get(name) ?? 0;
    if (count >= most) return false;
    this.#counts.set(name, count + 1);
    return true;
  }

  /** Takes back one of what {@link take} counted. */
  release(name: string): void {
    const count = this.#counts.get(name) ?? 0;
    if (count > 1) this.#counts.set(name, count - 1);
    else this.#counts.delete(name);
  }
}
