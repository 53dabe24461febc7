import type { CellError } from "../src/protocol/error-codes.ts";
import type { CellUsage, ContentItem } from "../src/protocol/values.ts";

/** `yielded`: the cell runs on. `result`: it ended by itself, well or with an `error`. `terminated`: it was stopped. */
export type OutcomeType = "yielded" | "result" | "terminated";

/** What a cell answered. It is data: a cell that failed has an `error` and throws nothing. */
export class Outcome {
  readonly type: OutcomeType;
  readonly cellId: string;
  /** What the cell put out since its last answer, in order; images that it put out are among it. */
  readonly content: ContentItem[];
  /** With `result`: what went wrong, if anything did. */
  declare readonly error?: CellError | undefined;
  /** What the cell used in all, where it is over and ever ran. */
  declare readonly usage?: CellUsage | undefined;

  constructor(type: OutcomeType, cellId: string, content: ContentItem[], error?: CellError, usage?: CellUsage) {
    this.type = type;
    this.cellId = cellId;
    this.content = content;
    if (error) this.error = error;
    if (usage) this.usage = usage;
  }

  /** The text items, a line feed between two. Images are left out. */
  get text(): string {
    return this.content
      .filter((item) => item.type === "text")
      .map((item) => item.text)
      .join("\n");
  }

  /** This outcome with the content of earlier answers of the cell in front. */
  after(earlier: readonly ContentItem[]): Outcome {
    return new Outcome(this.type, this.cellId, earlier.concat(this.content), this.error, this.usage);
  }
}
