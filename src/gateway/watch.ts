import type { ObservedEvent } from "../protocol/observed-events.ts";

/** What a watch tells in one frame. */
export interface Batch {
  /** Events that were lost before these. */
  readonly dropped: number;
  readonly events: ObservedEvent[];
}

/** One thing that an observer watches. It gathers what there is to tell until it is asked. */
export interface Watch {
  /** Whether there is something to tell. */
  readonly hasNews: boolean;
  /** The next of it: no more than some 256 KiB, unless one event alone is larger. */
  take(): Batch;
  /** Whether nothing will ever follow what it has to tell now. */
  readonly isOver: boolean;
  /** Nobody watches any more. */
  stop(): void;
}

/** When a watch has something to tell, it says after how many milliseconds that is to be asked for. */
export type Announce = (delayMs: number) => void;
