import type { PutOut } from "../executor/executor.ts";
import type { CellError } from "../protocol/error-codes.ts";
import type { CellUsage } from "../protocol/values.ts";

/** What became of something that was sent: exactly one of the two is called, once (rule C6). */
export interface Receipt {
  /** The client acknowledged it. */
  taken(): void;
  /** The client never did, and it will not be sent again. */
  lost(): void;
}

/** Content on its way to a waiter. */
export interface Part {
  readonly cellId: string;
  readonly content: readonly PutOut[];
  /**
   * For the frame that completes the part: what is cut into several frames is taken as a whole or not at all. That of an
   * answer stands for the outcome too. Undefined: nothing depends on whether it arrives.
   */
  readonly receipt: Receipt | undefined;
}

/** One answer of a cell. */
export interface Answer extends Part {
  readonly kind: "yielded" | "result" | "terminated";
  readonly error?: CellError | undefined;
  /** Of a cell that is over, if it ever ran. */
  readonly usage?: CellUsage | undefined;
}

/** A pending request that the next answer of a cell goes to. */
export interface Waiter {
  /** The turn that asked. */
  readonly owner: object;
  /** The request. */
  readonly id: number;
  /** Milliseconds of running until it is answered with `yielded`; null: never. */
  readonly yieldMs: number | null;
  /** Whether it wants content as it appears. */
  readonly stream: boolean;
  /** Whether content can be sent ahead of the answer now. */
  readonly takes: boolean;
  /** Content ahead of the answer. Called only for a waiter that streams. */
  content(part: Part): void;
  /** The answer. Called once at most. */
  answer(answer: Answer): void;
}
