import type { Subprotocol } from "../src/protocol/codec.ts";
import { untilAborted } from "./abort.ts";
import { bearerSubprotocol } from "./address.ts";
import type { Vocabulary, HostRole, Role } from "./vocabulary.ts";
import { ConnectionError } from "./errors.ts";
import { shakeHands, type Takeover } from "./handshake.ts";
import { SocketChannel } from "./socket-channel.ts";
import { after } from "./timer.ts";
import type { WebSocketConstructor } from "./web-socket.ts";

/** How a {@link Dialer} connects. */
export interface DialOptions {
  /**
   * Shows the gateway who is asking. It travels in a header, never in the URL. A function is asked anew before each
   * connection, and may take its time, within `connectTimeoutMs`.
   */
  readonly token: string | (() => string | Promise<string>);
  /** Milliseconds until connecting fails. Default: 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How frames are written: in binary, or as text to read along. Default: `cellgate.v1.msgpack`. */
  readonly subprotocol?: Subprotocol | undefined;
  /** Default: `globalThis.WebSocket`. */
  readonly WebSocket?: WebSocketConstructor | undefined;
}

/** Connects to one gateway, on a new socket each time. */
export class Dialer<R extends Role = HostRole> {
  readonly #address: string;
  readonly #vocabulary: Vocabulary<R>;
  readonly #options: DialOptions;
  readonly #WebSocket: WebSocketConstructor;

  /** Throws a `TypeError` where there is no WebSocket. */
  constructor(address: string, vocabulary: Vocabulary<R>, options: DialOptions) {
    this.#address = address;
    this.#vocabulary = vocabulary;
    this.#options = options;
    const constructor: WebSocketConstructor | undefined = options.WebSocket ?? globalThis.WebSocket;
    if (!constructor)
      throw new TypeError("connect: expected a global WebSocket or the option `WebSocket`, got neither");
    this.#WebSocket = constructor;
  }

  /** Whether the next connection may show another token than the last. */
  get renewsToken(): boolean {
    return typeof this.#options.token === "function";
  }

  /**
   * Connects, and resolves with what `take` makes of the channel and its `welcome`. Rejects as `shakeHands` does, with a
   * {@link ConnectionError} when the time is up, with the signal's reason, and with what the token function throws;
   * nothing is left open then.
   */
  async dial<T>(hello: R["sent"], take: Takeover<T, R>, signal?: AbortSignal): Promise<T> {
    const { token, subprotocol = "cellgate.v1.msgpack", connectTimeoutMs = 10_000 } = this.#options;
    const timeout = new AbortController();
    const cancelTimeout = after(connectTimeoutMs, () => {
      const message = `could not connect to ${this.#address}: expected a welcome within ${connectTimeoutMs} ms, got none`;
      timeout.abort(new ConnectionError(message, { code: "connect_timeout", retryable: true }));
    });
    const giveUp = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
    let channel: SocketChannel<R> | undefined;
    try {
      const shown = typeof token === "string" ? token : await untilAborted(Promise.resolve(token()), giveUp);
      const socket = new this.#WebSocket(this.#address, [subprotocol, bearerSubprotocol(shown)]);
      channel = new SocketChannel(socket, subprotocol, this.#vocabulary);
      return await untilAborted(shakeHands(channel, this.#vocabulary, hello, take, this.#address), giveUp);
    } catch (error) {
      channel?.close(1000, "");
      throw error;
    } finally {
      cancelTimeout();
    }
  }
}
