import type { Channel, ChannelListener } from "../../client/channel.ts";
import { closureOf } from "../../client/closure.ts";
import { States } from "../../client/states.ts";
import { ToolHost } from "../../client/tools.ts";
import type { TurnOptions } from "../../client/turn-options.ts";
import { Turn } from "../../client/turn.ts";
import { clientFrameChecks } from "../../src/protocol/client-frame-checks.ts";
import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { readFrame } from "../../src/protocol/frame-check.ts";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { SequencedFrame, ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";

type Unnumbered<F> = F extends SequencedFrame ? Omit<F, "seq"> : never;

type FrameOf<Type extends ClientFrame["type"]> = Extract<ClientFrame, { type: Type }>;

/**
 * The gateway's end of an in-memory channel: it says what a test wants, and keeps what the client sends. Every frame goes
 * through the codec and its check, so that one that a gateway would refuse fails the test.
 */
export class FakeGateway implements Channel {
  readonly limits: Limits;
  /** What the client has sent, in order. */
  readonly sent: ClientFrame[] = [];
  /** How the client closed the channel, if it did. */
  closedWith: { code: number; reason: string } | undefined;
  seq = 0;
  #listener: ChannelListener | undefined;

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(frame: ClientFrame): number {
    const codec = createCodec("cellgate.v1.json", this.limits);
    const message = codec.encode(frame);
    if (this.closedWith) return message.length;
    const reading = readFrame(codec.decode(message), clientFrameChecks(this.limits));
    if ("refusal" in reading) throw new Error(reading.refusal.message);
    this.sent.push(reading.frame);
    return message.length;
  }

  measure(frame: ClientFrame): number {
    return createCodec("cellgate.v1.json", this.limits).encode(frame).length;
  }

  close(code: number, reason: string): void {
    if (this.closedWith) return;
    this.closedWith = { code, reason };
    queueMicrotask(() => this.#listener?.closed(closureOf(code, reason)));
  }

  /** The connection can be used. */
  open(): void {
    this.#listener?.opened();
  }

  /** A turn that has just been welcomed. */
  welcome(options: Partial<TurnOptions> = {}): Turn {
    return new Turn(this, this.welcomeFrame(), { host: new ToolHost(), states: new States(() => {}), ...options });
  }

  welcomeFrame(): WelcomeFrame {
    return {
      type: "welcome",
      sessionId: "session",
      sessionToken: "secret",
      turn: 3,
      resumed: false,
      seq: 0,
      received: 0,
      heartbeatMs: this.limits.heartbeatMs,
      openCalls: [],
      limits: this.limits,
      cells: [],
      server: { name: "fake", version: "0" },
    };
  }

  /** Says a frame under the next `seq`. */
  say(frame: Unnumbered<SequencedFrame>, bytes = 100): void {
    this.seq += 1;
    this.deliver({ ...frame, seq: this.seq }, bytes);
  }

  deliver(frame: ServerFrame, bytes = 100): void {
    if (!this.closedWith) this.#listener?.frame(frame, bytes);
  }

  /** The gateway closes, or the connection is lost. */
  end(code: number, reason = ""): void {
    this.#listener?.closed(closureOf(code, reason));
  }

  /** The frames with this tag. */
  all<Type extends ClientFrame["type"]>(type: Type): FrameOf<Type>[] {
    return this.sent.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  /** The latest frame with this tag. */
  last<Type extends ClientFrame["type"]>(type: Type): FrameOf<Type> {
    const frame = this.all(type).at(-1);
    if (!frame) throw new Error(`the client has not sent ${type}`);
    return frame;
  }
}
