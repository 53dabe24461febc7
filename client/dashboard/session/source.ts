import type { ReadonlySignal } from "@preact/signals";
import type { SessionModel } from "../model/session-model.ts";

/** A session as the views of it take it: one that is watched, or one that was read from a file. */
export interface SessionSource {
  readonly model: SessionModel;
  /** Changes when the model has. */
  readonly version: ReadonlySignal<number>;
  /** Whether more is to come. */
  readonly isLive: boolean;
  /** What is to be taken for now: of a file its last moment. */
  nowMs(): number;
  /** The frames as the text of a trace file. */
  traceText(): Iterable<string>;
}
