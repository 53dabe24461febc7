import { CodecError } from "../src/protocol/codec-error.ts";
import type { Channel } from "./channel.ts";
import { closureError } from "./closure.ts";
import type { Vocabulary, HostRole, Role } from "./vocabulary.ts";
import { RequestError, UnsentError } from "./errors.ts";

/** Takes over a channel that has just brought `welcome`. */
export type Takeover<T, R extends Role = HostRole> = (channel: Channel<R>, welcome: R["welcome"]) => T;

/**
 * Says `hello` when the channel opens, and resolves with what `take` makes of `welcome`. It is called at once and takes the
 * channel over: the next frame may be for it. Rejects where the gateway refuses, the channel closes, or `hello` does not
 * fit a frame; the channel is then the caller's to close. `address` is for messages.
 */
export function shakeHands<T, R extends Role>(
  channel: Channel<R>,
  vocabulary: Vocabulary<R>,
  hello: R["sent"],
  take: Takeover<T, R>,
  address: string,
): Promise<T> {
  const taken = Promise.withResolvers<T>();
  channel.listen({
    opened() {
      try {
        channel.send(hello);
      } catch (error) {
        taken.reject(
          error instanceof CodecError ? new UnsentError(`hello: ${error.message}`, "bad_frame", error) : error,
        );
      }
    },
    frame(frame) {
      const welcome = vocabulary.welcome(frame);
      const refusal = vocabulary.refusal(frame);
      if (welcome) taken.resolve(take(channel, welcome));
      else if (refusal) taken.reject(new RequestError(refusal));
      // A gateway says nothing else before `welcome`.
    },
    closed: (closure) => taken.reject(closureError(closure, `could not connect to ${address}`)),
  });
  return taken.promise;
}
