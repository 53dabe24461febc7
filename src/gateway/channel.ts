import type { HelloFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Subprotocol } from "../protocol/codec.ts";
import type { ObserverServerFrame } from "../protocol/observer-frames.ts";
import type { ServerFrame } from "../protocol/server-frames.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";

/** What the gateway needs of a socket: everything behind it is tested without one. */
export interface Channel {
  readonly subprotocol: Subprotocol;
  /** Whether more may be written now. Once it may again, whoever listens to the socket is told. */
  readonly takes: boolean;
  /** Bytes that were written and that the other end has not taken yet. */
  readonly unsentBytes: number;
  /** A frame as a message for {@link write}, to keep as long as one likes. Undefined: it is over the frame limits. */
  encode(frame: ServerFrame | ObserverServerFrame | HelloFrame): Uint8Array | undefined;
  /** Puts a message on its way. On a closed channel it does nothing. */
  write(message: Uint8Array): void;
  /** An upper bound of the bytes that `text` takes in a frame of this channel's codec. */
  byteLength(text: string | Utf8Text): number;
  /** Asks the other end for a sign of life, below the level of frames. */
  ping(): void;
  /** Closes it; the first call counts. */
  close(code: CloseCode, reason: string): void;
}
