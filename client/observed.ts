import type { ClientFrame } from "../src/protocol/client-frames.ts";
import { createCodec } from "../src/protocol/codec.ts";
import type { ValueLimits } from "../src/protocol/guard.ts";
import type {
  FrameEvent,
  MetricsEvent,
  ObservedEvent,
  SessionEvent,
  SessionGoneEvent,
} from "../src/protocol/observed-events.ts";
import type { ServerFrame } from "../src/protocol/server-frames.ts";

/** Events are missing between the one before and the next. */
export interface GapEvent {
  readonly type: "gap";
  /**
   * How many: they came faster than they were read. Absent: the connection was lost. All that is watched is told anew
   * then, as if the watch had just begun.
   */
  readonly dropped?: number | undefined;
}

/** A frame between a session's client and the gateway. */
export interface WatchedFrame extends Readonly<Omit<FrameEvent, "bytes">> {
  /** The message as it stood on the wire. Absent: it is larger than the watch's `frameBytes`. */
  readonly bytes?: Uint8Array | undefined;
  /** The frame itself. Undefined without `bytes`. Each call decodes it anew. */
  decode(): ClientFrame | ServerFrame | undefined;
}

/** What a watch of all sessions is told. */
export type SessionsEvent = SessionEvent | SessionGoneEvent | GapEvent;

/** What the watch of one session is told. */
export type WatchedEvent = Exclude<ObservedEvent, SessionEvent | MetricsEvent | FrameEvent> | WatchedFrame | GapEvent;

/** What a watch of the gateway's numbers is told. */
export type NumbersEvent = MetricsEvent | GapEvent;

/** An event as listeners are told it. */
export type ToldEvent = Exclude<ObservedEvent, FrameEvent> | WatchedFrame | GapEvent;

/** An event as it came, with the frame in it ready to be decoded. */
export function toldEvent(event: ObservedEvent, limits: ValueLimits): ToldEvent {
  if (event.type !== "frame") return event;
  const { bytes: sent, ...seen } = event;
  const bytes = typeof sent === "string" ? bytesOfBase64(sent) : sent;
  return { ...seen, bytes, decode: () => bytes && decodeFrame(seen.subprotocol, bytes, limits) };
}

function decodeFrame(subprotocol: FrameEvent["subprotocol"], bytes: Uint8Array, limits: ValueLimits) {
  const message = subprotocol === "cellgate.v1.json" ? new TextDecoder().decode(bytes) : bytes;
  // The gateway let it through, or made it.
  return createCodec(subprotocol, limits).decode(message) as ClientFrame | ServerFrame;
}

function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
