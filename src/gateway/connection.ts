import type { CloseCode } from "../protocol/close-codes.ts";
import type { CancelTimer } from "../session/clock.ts";
import { isHello, isObserverHello } from "./frame-readers.ts";
import { Heartbeat } from "./heartbeat.ts";
import { HostRole } from "./host-role.ts";
import type { Message } from "./message.ts";
import { ObserverRole } from "./observer-role.ts";
import type { ConnectionOptions, Line, Role } from "./role.ts";

/**
 * One accepted socket, from its first frame to its end, whichever role its client plays.
 *
 * ```
 * greeting ──hello──▶ open ──▶ closed
 *     └──no hello in time─────────▲
 * ```
 */
export class Connection implements Line {
  readonly #options: ConnectionOptions;
  readonly #cancelHello: CancelTimer;
  readonly #heartbeat: Heartbeat;
  readonly #host: Role;
  #observer: Role | undefined;
  /** The one that is open, or that the latest `hello` was for. */
  #role: Role;
  #badFrames = 0;

  constructor(options: ConnectionOptions) {
    const { channel, principal, context } = options;
    const { limits, clock } = context;
    this.#options = options;
    this.#cancelHello = clock.after(limits.helloMs, () =>
      this.close(4408, `expected hello within ${limits.helloMs} ms (helloMs)`),
    );
    const { heartbeatMs, pongMs } = limits;
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: heartbeatMs,
      pongMs,
      ping: () => channel.ping(),
      lost: () => this.close(4440, `nothing came for ${heartbeatMs + pongMs} ms (heartbeatMs, pongMs)`),
    });
    this.#host = new HostRole(options, this);
    // Whoever may not host is no host, whatever it says first.
    this.#role = principal.scopes.has("host") ? this.#host : this.#observing;
  }

  /** Whether cells may have an interest in its client: it is no observer. */
  get isHost(): boolean {
    return this.#role === this.#host;
  }

  /** A sign of life came from the client. */
  heard(): void {
    this.#heartbeat.heard();
  }

  /** The socket takes more again. */
  drained(): void {
    this.#role.drained();
  }

  /** Takes what came in one message. */
  receive(message: Message): void {
    const { channel, context } = this.#options;
    const { unsentBytes } = context.limits;
    // Whatever the message is, it may be answered.
    if (channel.unsentBytes > unsentBytes) {
      return this.close(4431, `more than ${unsentBytes} bytes were not taken (unsentBytes)`);
    }
    if (this.#role.isOpen) return this.#role.receive(message);
    const first = this.#held(message);
    if (isHello(first)) this.#role = isObserverHello(first) ? this.#observing : this.#host;
    this.#role.receive(first);
  }

  /** Tells an open client that the gateway goes down, if it does. */
  tellDrain(): void {
    this.#role.tellDrain();
  }

  /** Calls back when the client has been given all that there is for it so far; not if its socket is gone before. */
  whenWritten(callback: () => void): void {
    this.#role.whenWritten(callback);
  }

  /** The socket is gone, or will be. */
  closed(code: number, reason: string): void {
    this.#cancelHello();
    this.#heartbeat.stop();
    this.#role.closed(code, reason);
  }

  opened(): void {
    this.#cancelHello();
  }

  taken(): void {
    this.#badFrames = 0;
  }

  refused(): void {
    this.#badFrames += 1;
    const { badFrames } = this.#options.context.limits;
    if (this.#badFrames >= badFrames) this.close(4400, `${badFrames} bad frames in a row (badFrames)`);
  }

  close(code: CloseCode, reason: string): void {
    this.#options.channel.close(code, reason);
    this.closed(code, reason);
  }

  /** Whoever has no turn yet has no use for large frames. */
  #held(message: Message): Message {
    const { helloBytes } = this.#options.context.limits;
    const { length } = message.bytes;
    if (length <= helloBytes) return message;
    const text = `expected at most ${helloBytes} bytes before there is a turn (helloBytes), got ${length}`;
    return { bytes: message.bytes, refusal: { code: "bad_frame", message: text } };
  }

  get #observing(): Role {
    this.#observer ??= new ObserverRole(this.#options, this);
    return this.#observer;
  }
}
