import type { HelloFrame } from "../src/protocol/client-frames.ts";
import { CodecError } from "../src/protocol/codec-error.ts";
import type { WelcomeFrame } from "../src/protocol/server-frames.ts";
import type { Channel } from "./channel.ts";
import { closureError } from "./closure.ts";
import { RequestError, UnsentError } from "./errors.ts";

/** Takes over a channel that has just brought `welcome`. */
export type Takeover<T> = (channel: Channel, welcome: WelcomeFrame) => T;

/**
 * Says `hello` when the channel opens, and resolves with what `take` makes of `welcome`. It is called at once and takes the
 * channel over: the next frame may be for it. Rejects where the gateway refuses, the channel closes, or `hello` does not
 * fit a frame; the channel is then the caller's to close. `address` is for messages.
 */
export function shakeHands<T>(channel: Channel, hello: HelloFrame, take: Takeover<T>, address: string): Promise<T> {
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
      if (frame.type === "welcome") taken.resolve(take(channel, frame));
      else if (frame.type === "error") taken.reject(new RequestError(frame));
      // A gateway says nothing else before `welcome`.
    },
    closed: (closure) => taken.reject(closureError(closure, `could not connect to ${address}`)),
  });
  return taken.promise;
}
