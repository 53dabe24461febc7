import type { ClientFrame } from "../src/protocol/client-frames.ts";
import type { ServerFrame } from "../src/protocol/server-frames.ts";
import type { Closure } from "./closure.ts";

/** Hears what a {@link Channel} brings: `opened` once, then frames in their order, then `closed` once. None may throw. */
export interface ChannelListener {
  /** Frames can be sent now. Left out where the channel closes before it ever opened. */
  opened(): void;
  /** A checked frame. `bytes` is what it took on the socket. */
  frame(frame: ServerFrame, bytes: number): void;
  /** Nothing more comes, and nothing more is sent. */
  closed(closure: Closure): void;
}

/** A connection as a turn sees it: frames instead of bytes. It reports only from events of its own, never from within a call. */
export interface Channel {
  /** Who hears everything from now on. */
  listen(listener: ChannelListener): void;
  /**
   * Sends a frame; does nothing once the channel closes. Throws a `CodecError` if the frame is over a limit or holds what
   * cannot be encoded; then nothing was sent.
   */
  send(frame: ClientFrame): void;
  /** Closes gently; `closed` follows within a bounded time. No frame is heard after this. `code` is 1000 or 4000 to 4999. */
  close(code: number, reason: string, cause?: unknown): void;
}
