import type { ClientFrame } from "../src/protocol/client-frames.ts";
import type { FrameChecks } from "../src/protocol/frame-check.ts";
import type { AnnouncedLimits } from "../src/protocol/limits.ts";
import { serverFrameChecks } from "../src/protocol/server-frame-checks.ts";
import type { ErrorFrame, ServerFrame, WelcomeFrame } from "../src/protocol/server-frames.ts";

/** The frames of one role: those that go out, those that come, and of these the answer to `hello`. */
export interface Role {
  readonly sent: object;
  readonly received: { readonly type: string };
  readonly welcome: { readonly limits: AnnouncedLimits };
}

/** The role of a turn's client. */
export interface HostRole extends Role {
  readonly sent: ClientFrame;
  readonly received: ServerFrame;
  readonly welcome: WelcomeFrame;
}

/** What has to be known of the frames of a role to open a channel for it. */
export interface Vocabulary<R extends Role> {
  /** The checks of what comes; `valueDepth` bounds values, in levels. */
  checks(valueDepth: number): FrameChecks<R["received"]>;
  /** The frame, if it answers `hello`. */
  welcome(frame: R["received"]): R["welcome"] | undefined;
  /** The frame, if it refuses. */
  refusal(frame: R["received"]): Pick<ErrorFrame, "code" | "message"> | undefined;
}

export const hostVocabulary: Vocabulary<HostRole> = {
  checks: serverFrameChecks,
  welcome: (frame) => (frame.type === "welcome" ? frame : undefined),
  refusal: (frame) => (frame.type === "error" ? frame : undefined),
};
