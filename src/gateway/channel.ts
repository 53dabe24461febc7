import type { CloseCode } from "../protocol/close-codes.ts";
import type { ServerFrame } from "../protocol/server-frames.ts";

/** What the gateway needs of a socket: everything behind it is tested without one. */
export interface Channel {
  /** Sends a frame. False: it is over the frame limits and was not sent. On a closed channel it does nothing. */
  send(frame: ServerFrame): boolean;
  /** An upper bound of the bytes that `text` takes in a frame of this channel's codec. */
  byteLength(text: string): number;
  /** Asks the other end for a sign of life, below the level of frames. */
  ping(): void;
  /** Closes it; the first call counts. */
  close(code: CloseCode, reason: string): void;
}
