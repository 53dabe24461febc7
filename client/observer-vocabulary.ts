import { observedFrameChecks } from "../src/protocol/observed-checks.ts";
import type { ObserverClientFrame, ObserverServerFrame, ObservingFrame } from "../src/protocol/observer-frames.ts";
import type { Vocabulary, Role } from "./vocabulary.ts";

/** The role of an observer. */
export interface ObserverRole extends Role {
  readonly sent: ObserverClientFrame;
  readonly received: ObserverServerFrame;
  readonly welcome: ObservingFrame;
}

export const observerVocabulary: Vocabulary<ObserverRole> = {
  checks: observedFrameChecks,
  welcome: (frame) => (frame.type === "observing" ? frame : undefined),
  refusal: (frame) => (frame.type === "error" ? frame : undefined),
};
