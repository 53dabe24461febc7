import type { Closure } from "./closure.ts";
import type { HostRole, Role } from "./vocabulary.ts";

/** Hears what a {@link Channel} brings: `opened` once, then frames in their order, then `closed` once. None may throw. */
export interface ChannelListener<R extends Role = HostRole> {
  /** Frames can be sent now. Left out where the channel closes before it ever opened. */
  opened(): void;
  /** A checked frame. `size` is what it took on the socket, in bytes or in characters. */
  frame(frame: R["received"], size: number): void;
  /** Nothing more comes, and nothing more is sent. */
  closed(closure: Closure): void;
}

/** Does not hear what a channel says that was given up. */
export const deaf: ChannelListener<Role> = { opened() {}, frame() {}, closed() {} };

/** A connection as a turn sees it: frames instead of bytes. It reports only from events of its own, never from within a call. */
export interface Channel<R extends Role = HostRole> {
  /** Who hears everything from now on. */
  listen(listener: ChannelListener<R>): void;
  /**
   * Sends a frame, unless the channel closes, and returns its size. Throws a `CodecError` if the frame is over a limit or
   * holds what cannot be encoded; then nothing was sent.
   */
  send(frame: R["sent"]): number;
  /** The size of a frame, also of one that cannot be sent now. Throws as `send` does. */
  measure(frame: R["sent"]): number;
  /**
   * Closes gently; `closed` follows within a bounded time. No frame is heard after this. `code` is 1000, 4000 to 4999, or
   * 1001, which a browser lets no script send: the gateway is told 1000.
   */
  close(code: number, reason: string, cause?: unknown): void;
}
