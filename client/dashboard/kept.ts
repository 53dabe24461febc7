/** What the browser keeps for the page. Where it is told to keep nothing, nothing is kept. */
export class Kept {
  readonly #key: string;
  readonly #storage: () => Storage;

  /** For this tab, until it is closed; or for all tabs of this browser, for good. */
  constructor(name: string, until: "closed" | "cleared") {
    this.#key = `cellgate.${name}`;
    this.#storage = () => (until === "closed" ? sessionStorage : localStorage);
  }

  get(): string | undefined {
    try {
      return this.#storage().getItem(this.#key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  set(value: string | undefined): void {
    try {
      if (value === undefined) this.#storage().removeItem(this.#key);
      else this.#storage().setItem(this.#key, value);
    } catch {
      // It works without.
    }
  }
}
