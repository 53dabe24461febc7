import type { ContentItem } from "../src/protocol/values.ts";

/**
 * Puts items that were too large for a frame together again (rule O3): one marked `more` goes on in the next of the same
 * answer. What comes out is never marked.
 */
export class ContentJoiner {
  /** The item that goes on, up to where it was received. */
  #open: ContentItem | undefined;

  /** The items that are whole now. */
  add(items: readonly ContentItem[]): ContentItem[] {
    const whole: ContentItem[] = [];
    for (const item of items) {
      const joined = this.#open ? append(this.#open, item) : item;
      if (item.more) this.#open = joined;
      else {
        this.#open = undefined;
        whole.push(joined);
      }
    }
    return whole;
  }

  /** The answer is over: gives what came of an item whose rest is missing. */
  end(): ContentItem[] {
    const left = this.#open ? [unmarked(this.#open)] : [];
    this.#open = undefined;
    return left;
  }
}

function append(item: ContentItem, next: ContentItem): ContentItem {
  const start = unmarked(item);
  const rest = next.type === "text" ? next.text : next.imageUrl;
  return start.type === "text" ? { ...start, text: start.text + rest } : { ...start, imageUrl: start.imageUrl + rest };
}

function unmarked(item: ContentItem): ContentItem {
  const copy = { ...item };
  delete copy.more;
  return copy;
}
