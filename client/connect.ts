import type { HelloFrame } from "../src/protocol/client-frames.ts";
import type { Notification } from "../src/protocol/host.ts";
import { turnAddress } from "./address.ts";
import { assumedLimits } from "./client-limits.ts";
import { hostVocabulary } from "./vocabulary.ts";
import { Dialer, type DialOptions } from "./dialer.ts";
import type { CellEvents } from "./host-side.ts";
import { type ReconnectOptions, Reconnector } from "./reconnector.ts";
import { Reporter } from "./reporter.ts";
import { toolsToSend } from "./request-value.ts";
import { type StateEvent, States } from "./states.ts";
import { type DeclaringHost, definitionsOf, ToolHost, type Tools } from "./tools.ts";
import type { SessionAccess } from "./turn-options.ts";
import { Turn } from "./turn.ts";

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

interface TurnConnectOptions extends CellEvents, DialOptions {
  /** Attaches a new turn to this session. Default: a new session. */
  readonly session?: SessionAccess | undefined;
  /** Gives up connecting when aborted. It has no effect on the turn: that has `close`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How a connection that is lost is made again, within the same turn. Default: as the options' own defaults say.
   * `false`: not at all, the turn ends with its connection.
   */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** Hears what becomes of the connection, from `connecting` on. What it throws goes to `onError`. */
  readonly onState?: ((event: StateEvent) => void) | undefined;
  /** Who is calling, for the gateway's log. */
  readonly client?: { name: string; version: string } | undefined;
  /**
   * Hears what has no promise to reject: what your own callbacks throw, and refusals of frames that are no requests.
   * Default: ignored.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Options of {@link connect}. */
export type ConnectOptions = TurnConnectOptions & Answering;

/**
 * Connects to a gateway for one turn of an agent, on a new session or one that lives. `url` begins with ws, wss, http or
 * https; without a path it means `/v1/turn`. The first connection is tried once; what `reconnect` says holds from then on.
 *
 * Rejects with a {@link ConnectionError} (`SessionLostError` for a session that is gone), a `RequestError` where the tools
 * are refused, an `UnsentError` where they are over a limit, the reason of `signal`, what a token function throws, and a
 * `TypeError` for a bad `url`.
 */
export async function connect(url: string, options: ConnectOptions): Promise<Turn> {
  const { signal, reconnect = {}, onState, onError } = options;
  signal?.throwIfAborted();
  const address = turnAddress(url);
  const hello = helloOf(options);
  const host = options.host ?? new ToolHost(options.tools, options.onNotify);
  const dialer = new Dialer(address, hostVocabulary, options);
  const reconnector = reconnect ? new Reconnector(dialer, reconnect) : undefined;
  const reporter = new Reporter(onError);
  const states = new States((event) => reporter.run(() => onState?.(event)));
  const turnOptions = { ...options, host, reconnector, states };
  return dialer.dial(hello, (channel, welcome) => new Turn(channel, welcome, turnOptions), signal);
}

function helloOf({ session, host, tools, client }: ConnectOptions): HelloFrame {
  if (host && tools) throw new TypeError("connect: expected `host` or `tools`, got both");
  const definitions = toolsToSend(host ? host.tools : definitionsOf(tools ?? {}), assumedLimits);
  return { type: "hello", sessionId: session?.id, sessionToken: session?.token, tools: definitions, client };
}
