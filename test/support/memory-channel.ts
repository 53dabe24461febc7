import type { CloseCode } from "../../src/protocol/close-codes.ts";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import type { Channel } from "../../src/gateway/channel.ts";

type FrameOf<Type> = Extract<ServerFrame, { type: Type }>;

/** A channel that ends in memory: what would have gone over a socket lies in {@link sent}. */
export class MemoryChannel implements Channel {
  /** All frames, as a client would have read them: without what is undefined. */
  readonly sent: ServerFrame[] = [];
  subprotocol: Subprotocol = "cellgate.v1.json";
  /** Whether its client reads: whoever makes it so again tells the connection. */
  takes = true;
  /** What its client has not read. */
  unsentBytes = 0;
  /** What the other end does when it is pinged. Default: nothing. */
  onPing: () => void = () => {};
  /** How it was closed, if it was. */
  closing: { readonly code: CloseCode; readonly reason: string } | undefined;
  /** Frames that are too large for this channel. Default: none. */
  isTooLarge: (frame: ServerFrame) => boolean = () => false;

  encode(frame: ServerFrame): Uint8Array | undefined {
    return this.isTooLarge(frame) ? undefined : Buffer.from(JSON.stringify(frame));
  }

  write(message: Uint8Array): void {
    if (!this.closing) this.sent.push(JSON.parse(message.toString()) as ServerFrame);
  }

  ping(): void {
    if (!this.closing) this.onPing();
  }

  byteLength(text: string): number {
    return Buffer.byteLength(text);
  }

  close(code: CloseCode, reason: string): void {
    this.closing ??= { code, reason };
  }

  /** The highest `seq` of a frame that was sent; 0: there was none. */
  get lastSeq(): number {
    return this.sent.reduce((last, frame) => ("seq" in frame ? frame.seq : last), 0);
  }

  get tags(): ServerFrame["type"][] {
    return this.sent.map(({ type }) => type);
  }

  /** All frames with this tag. */
  all<Type extends ServerFrame["type"]>(type: Type): FrameOf<Type>[] {
    return this.sent.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  /** The latest frame with this tag. */
  latest<Type extends ServerFrame["type"]>(type: Type): FrameOf<Type> {
    const frame = this.all(type).at(-1);
    if (!frame) throw new Error(`no ${type} was sent; what was: ${this.tags.join(" ")}`);
    return frame;
  }
}
