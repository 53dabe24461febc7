import type { HelloFrame } from "../src/protocol/client-frames.ts";
import type { Subprotocol } from "../src/protocol/codec.ts";
import type { Notification } from "../src/protocol/host.ts";
import { defaultLimits } from "../src/protocol/limits.ts";
import { untilAborted } from "./abort.ts";
import { bearerSubprotocol, turnAddress } from "./address.ts";
import { ConnectionError } from "./errors.ts";
import { shakeHands } from "./handshake.ts";
import type { CellEvents } from "./host-side.ts";
import { toolsToSend } from "./request-value.ts";
import { SocketChannel } from "./socket-channel.ts";
import { after } from "./timer.ts";
import { type DeclaringHost, definitionsOf, ToolHost, type Tools } from "./tools.ts";
import type { SessionAccess } from "./turn-options.ts";
import type { Turn } from "./turn.ts";
import type { WebSocketConstructor } from "./web-socket.ts";

/** Who answers tool calls and hears notifications: functions by the names of the tools, or one host for everything. */
type Answering =
  | {
      /** The tools that cells may call, by their names, each with the function that answers. Default: none. */
      readonly tools?: Tools | undefined;
      /**
       * Hears what cells push with `notify()`, one after the other: the next waits for a promise that it returns. What it
       * throws goes to `onError`. Default: ignored.
       */
      readonly onNotify?: ((notification: Notification) => void | Promise<void>) | undefined;
      readonly host?: undefined;
    }
  | {
      /** In place of `tools` and `onNotify`: answers for every tool that it declares. */
      readonly host: DeclaringHost;
      readonly tools?: undefined;
      readonly onNotify?: undefined;
    };

interface ConnectionOptions extends CellEvents {
  /** Shows the gateway who is asking. It travels in a header, never in the URL. */
  readonly token: string;
  /** Attaches to this session. Default: a new one. */
  readonly session?: SessionAccess | undefined;
  /** Gives up connecting when aborted. It has no effect on the turn: that has `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until connecting fails. Default: 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How frames are written: in binary, or as text to read along. Default: `cellgate.v1.msgpack`. */
  readonly subprotocol?: Subprotocol | undefined;
  /** Default: `globalThis.WebSocket`. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** Who is calling, for the gateway's log. */
  readonly client?: { name: string; version: string } | undefined;
  /**
   * Hears what has no promise to reject: what your own callbacks throw, and refusals of frames that are no requests.
   * Default: ignored.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Options of {@link connect}. */
export type ConnectOptions = ConnectionOptions & Answering;

/**
 * Connects to a gateway for one turn of an agent, on a new session or one that lives. `url` begins with ws, wss, http or
 * https; without a path it means `/v1/turn`.
 *
 * Rejects with a {@link ConnectionError} (`SessionLostError` for a session that is gone), a `RequestError` where the tools
 * are refused, an `UnsentError` where they are over a limit, the reason of `signal`, and a `TypeError` for a bad `url`.
 */
export async function connect(url: string, options: ConnectOptions): Promise<Turn> {
  const { signal, subprotocol = "cellgate.v1.msgpack", connectTimeoutMs = 10_000 } = options;
  signal?.throwIfAborted();
  const address = turnAddress(url);
  const hello = helloOf(options);
  const host = options.host ?? new ToolHost(options.tools, options.onNotify);
  const socket = new (constructorOf(options))(address, [subprotocol, bearerSubprotocol(options.token)]);
  const channel = new SocketChannel(socket, subprotocol);
  const timeout = new AbortController();
  const cancelTimeout = after(connectTimeoutMs, () => {
    const message = `could not connect to ${address}: expected a welcome within ${connectTimeoutMs} ms, got none`;
    timeout.abort(new ConnectionError(message, { code: "connect_timeout", retryable: true }));
  });
  const giveUp = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
  try {
    return await untilAborted(shakeHands(channel, hello, { ...options, host }, address), giveUp);
  } catch (error) {
    channel.close(1000, "");
    throw error;
  } finally {
    cancelTimeout();
  }
}

function helloOf({ session, host, tools, client }: ConnectOptions): HelloFrame {
  if (host && tools) throw new TypeError("connect: expected `host` or `tools`, got both");
  const definitions = toolsToSend(host ? host.tools : definitionsOf(tools ?? {}), defaultLimits);
  return { type: "hello", sessionId: session?.id, sessionToken: session?.token, tools: definitions, client };
}

function constructorOf(options: ConnectOptions): WebSocketConstructor {
  const constructor: WebSocketConstructor | undefined = options.WebSocket ?? globalThis.WebSocket;
  if (!constructor) throw new TypeError("connect: expected a global WebSocket or the option `WebSocket`, got neither");
  return constructor;
}
