import type { ContentItem } from "../../../src/protocol/values.ts";
import type { OutcomeType } from "../../outcome.ts";

/** What became of a cell, from its first answer to its outcome, whoever asked and however often it yielded in between. */
export class CellBook {
  readonly #content: ContentItem[] = [];
  readonly #notifications: string[] = [];
  #ending: { readonly type: OutcomeType; readonly error: string | undefined } | undefined;

  /** An answer came, with the items of it that are whole. */
  answered(type: OutcomeType | undefined, items: readonly ContentItem[], error?: string): void {
    for (const item of items) this.#content.push(item);
    if (type === "result" || type === "terminated") this.#ending ??= { type, error };
  }

  notified(text: string): void {
    this.#notifications.push(text);
  }

  /** Whether its outcome is there. */
  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** What is different in another book, if anything is. `endingOnly`: this one may lack content. */
  differenceFrom(other: CellBook | undefined, endingOnly: boolean): string | undefined {
    const mine = this.#facts();
    const others = other === undefined ? undefined : other.#facts();
    for (const [name, expected] of Object.entries(mine) as [keyof typeof mine, string][]) {
      if (endingOnly && name !== "ending") continue;
      const got = others?.[name] ?? "nothing";
      if (got !== expected) return `${name}: expected ${excerpt(expected)}, got ${excerpt(got)}`;
    }
    return undefined;
  }

  #facts(): { readonly ending: string; readonly content: string; readonly notifications: string } {
    const { type = "no outcome", error } = this.#ending ?? {};
    const ending = error === undefined ? type : `${type} (${error})`;
    return { ending, content: JSON.stringify(this.#content), notifications: JSON.stringify(this.#notifications) };
  }
}

const excerpt = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
