/** How the outcomes of a replay compare with those of its trace. */
export interface ReplayResult {
  readonly equal: number;
  readonly different: number;
  /** Requests that could not be played. */
  readonly skipped: number;
  /** The first differences. */
  readonly differences: readonly string[];
}

/** The first ones say what is wrong; a thousand more say nothing. */
const MOST_DIFFERENCES = 20;

/** How many outcomes of a replay were equal to those of its trace. */
export class ReplayTally {
  #equal = 0;
  #different = 0;
  #skipped = 0;
  readonly #differences: string[] = [];

  /** An outcome was compared: with what is different, if anything is. */
  add(difference: string | undefined): void {
    if (difference === undefined) this.#equal += 1;
    else {
      this.#different += 1;
      if (this.#differences.length < MOST_DIFFERENCES) this.#differences.push(difference);
    }
  }

  /** Something could not be played, or not be compared. */
  skip(): void {
    this.#skipped += 1;
  }

  /** What another tally found counts here too. */
  merge({ equal, different, skipped, differences }: ReplayResult): void {
    this.#equal += equal;
    this.#different += different;
    this.#skipped += skipped;
    this.#differences.push(...differences.slice(0, MOST_DIFFERENCES - this.#differences.length));
  }

  get result(): ReplayResult {
    const differences = [...this.#differences];
    return { equal: this.#equal, different: this.#different, skipped: this.#skipped, differences };
  }
}
