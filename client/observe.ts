import type { ObserverHelloFrame } from "../src/protocol/observer-frames.ts";
import { turnAddress } from "./address.ts";
import { Dialer, type DialOptions } from "./dialer.ts";
import { Observation } from "./observation.ts";
import { observerVocabulary } from "./observer-vocabulary.ts";
import { type ReconnectOptions, Reconnector } from "./reconnector.ts";
import { Reporter } from "./reporter.ts";
import { type StateEvent, States } from "./states.ts";

/** Options of {@link observe}. */
export interface ObserveOptions extends DialOptions {
  /** Gives up connecting when aborted. It has no effect on the observation: that has `close`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How a connection that is lost is made again. Default: as the options' own defaults say, but for `maxMs`, which has
   * none. `false`: not at all, the observation ends with its connection.
   */
  readonly reconnect?: Omit<ReconnectOptions, "maxQueuedBytes"> | false | undefined;
  /** Hears what becomes of the connection, from `connecting` on. What it throws goes to `onError`. */
  readonly onState?: ((event: StateEvent) => void) | undefined;
  /** The gateway is going down, as `ConnectOptions` says. */
  readonly onDrain?: ((event: { deadlineMs: number; retryAfterMs: number }) => void) | undefined;
  /** Who is watching, for the gateway's log. */
  readonly client?: { name: string; version: string } | undefined;
  /** Hears what has no promise to reject, such as what listeners throw. Default: ignored. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Connects to a gateway to watch it. The token needs the scope `observe` or `admin`. `url` is as that of `connect`, and so
 * is what this rejects with.
 */
export async function observe(url: string, options: ObserveOptions): Promise<Observation> {
  const { signal, reconnect = {}, onState, onDrain, onError, client } = options;
  signal?.throwIfAborted();
  const hello: ObserverHelloFrame = { type: "hello", role: "observer", client };
  const dialer = new Dialer(turnAddress(url), observerVocabulary, options);
  const reconnector = reconnect ? new Reconnector(dialer, reconnect) : undefined;
  const reporter = new Reporter(onError);
  const states = new States((event) => reporter.run(() => onState?.(event)));
  const observationOptions = { hello, reconnector, states, reporter, onDrain };
  return dialer.dial(hello, (channel, observing) => new Observation(channel, observing, observationOptions), signal);
}
