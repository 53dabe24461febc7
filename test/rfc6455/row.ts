import type { Subprotocol } from "../support/raw-turn.ts";
import { opcodes, rawFrame, type RawFrameOptions } from "../support/raw-frame.ts";

/** One thing that a client may send, and what RFC 6455 has a server make of it. */
export interface Row {
  /** Of RFC 6455. */
  readonly section: string;
  /** What is sent, in words. */
  readonly sent: string;
  /** What is sent behind an upgrade and a `hello`; `FIN` ends the client's half of the stream. */
  readonly bytes: readonly (Buffer | "FIN")[];
  /** What comes, in order: see {@link said} and its neighbours. */
  readonly expected: readonly string[];
  /** Whether the client answers a close. Default: true. */
  readonly answersClose?: boolean;
}

/** The rows of one category. */
export interface Category {
  readonly title: string;
  /** Default: JSON. */
  readonly subprotocol?: Subprotocol;
  readonly rows: readonly Row[];
}

/** `pong` to a `ping` frame of ours. */
export const answered = "pong frame";
/** `error bad_frame`: the WebSocket message was whole, but is no frame of ours. */
export const refused = "bad_frame";
/** What {@link say} said, as the gateway kept it. */
export const said = (text: string): string => `said ${JSON.stringify(text)}`;
/** A WebSocket pong. */
export const pong = (payload: Uint8Array | string = ""): string =>
  `pong ${Buffer.from(payload as string).toString("hex")}`;
/** A close frame, and the end of the connection. */
export const closed = (code: number, reason = ""): string => `close ${code}${reason && ` ${reason}`}`;
/** The end of the connection without a close frame. */
export const cut = "cut";

/** A frame of ours that a `pong` frame answers. */
export const PING = '{"type":"ping"}';

/** A text message in one frame. */
export const text = (payload: string | Uint8Array, options?: RawFrameOptions): Buffer => {
  return rawFrame(opcodes.text, payload, options);
};

/** A frame that continues a message; the last one, unless told otherwise. */
export const continuation = (payload: string | Uint8Array, options?: RawFrameOptions): Buffer => {
  return rawFrame(opcodes.continuation, payload, options);
};

export const ping = (payload: string | Uint8Array = "", options?: RawFrameOptions): Buffer => {
  return rawFrame(opcodes.ping, payload, options);
};

/** No last frame of its message. */
export const more = { fin: false } as const;

/** A frame of ours whose text the gateway keeps, so that {@link ASK} tells whether it came as it was sent. */
export const say = (what: string): string =>
  `{"type":"replace_stored_values","id":1,"values":{"said":${JSON.stringify(what)}}}`;

/** Asks for what was said. */
export const ASK: Buffer = text('{"type":"stored_values","id":2}');

/** A text that makes {@link say} a message of so many bytes. */
export const filling = (bytes: number): string => "x".repeat(bytes - say("").length);
