import type { ToolErrorFrame, ToolResultFrame } from "../src/protocol/client-frames.ts";
import type { Kept } from "./uplink.ts";

/** An answer to a tool call. */
export type ToolAnswer = ToolResultFrame | ToolErrorFrame;

/** An answer to a tool call that may have to be sent again. */
export interface KeptAnswer extends Kept {
  readonly frame: ToolAnswer;
}

/** Enough of a batch for a ping to be worth its while, and little enough to be held. */
const mostFrames = 256;
const mostSize = 1024 * 1024;

/**
 * The answers to tool calls that the gateway may not have taken. Nothing answers an answer: that it was taken shows in the
 * count of frames that a `pong` tells, and after a cut in `welcome.openCalls`.
 */
export class KeptAnswers {
  /** In the order in which they were sent. */
  readonly #answers = new Map<string, KeptAnswer>();
  /** Since it was last time to ask. */
  #frames = 0;
  #size = 0;

  [Symbol.iterator](): Iterator<KeptAnswer> {
    return this.#answers.values();
  }

  keep(answer: KeptAnswer): void {
    this.#answers.set(answer.frame.callId, answer);
    this.#frames += 1;
    this.#size += answer.sent?.size ?? 0;
  }

  /** Whether it is time for a ping: 256 answers or a mebibyte were sent since the last. */
  isPingDue(): boolean {
    if (this.#frames < mostFrames && this.#size < mostSize) return false;
    this.#frames = 0;
    this.#size = 0;
    return true;
  }

  /** The gateway has taken the turn's frames up to this number. */
  confirm(received: number): void {
    for (const [callId, { sent }] of this.#answers) {
      if (!sent || sent.number > received) return;
      this.#answers.delete(callId);
    }
  }

  /** Only these calls are open still: an answer to any other has arrived, or nobody wants it. */
  retain(openCalls: readonly string[]): void {
    const open = new Set(openCalls);
    for (const callId of this.#answers.keys()) if (!open.has(callId)) this.#answers.delete(callId);
  }
}
