/** What the browser keeps for the page. Where it is told to keep nothing, it is kept for as long as the page is open. */
export class Kept {
  readonly #key: string;
  readonly #storage: () => Storage;
  #value: string | undefined;

  /** For this tab, until it is closed; or for all tabs of this browser, for good. */
  constructor(name: string, until: "closed" | "cleared") {
    this.#key = `cellgate.${name}`;
    this.#storage = () => (until === "closed" ? sessionStorage : localStorage);
  }

  get(): string | undefined {
    this.#value ??= this.#stored();
    return this.#value;
  }

  set(value: string | undefined): void {
    this.#value = value;
    try {
      if (value === undefined) this.#storage().removeItem(this.#key);
      else this.#storage().setItem(this.#key, value);
    } catch {
      // It works without.
    }
  }

  #stored(): string | undefined {
    try {
      return this.#storage().getItem(this.#key) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
