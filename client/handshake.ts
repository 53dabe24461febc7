import type { HelloFrame } from "../src/protocol/client-frames.ts";
import { CodecError } from "../src/protocol/codec-error.ts";
import type { Channel } from "./channel.ts";
import { closureError } from "./closure.ts";
import { RequestError, UnsentError } from "./errors.ts";
import type { TurnOptions } from "./turn-options.ts";
import { Turn } from "./turn.ts";

/**
 * Says `hello` when the channel opens, and resolves with a turn on `welcome`, which takes the channel over at once: the
 * next frame may be for it. Rejects where the gateway refuses, the channel closes, or `hello` does not fit a frame; the
 * channel is then the caller's to close. `address` is for messages.
 */
export function shakeHands(channel: Channel, hello: HelloFrame, options: TurnOptions, address: string): Promise<Turn> {
  const turn = Promise.withResolvers<Turn>();
  channel.listen({
    opened() {
      try {
        channel.send(hello);
      } catch (error) {
        turn.reject(
          error instanceof CodecError ? new UnsentError(`hello: ${error.message}`, "bad_frame", error) : error,
        );
      }
    },
    frame(frame) {
      if (frame.type === "welcome") turn.resolve(new Turn(channel, frame, options));
      else if (frame.type === "error") turn.reject(new RequestError(frame));
      // A gateway says nothing else before `welcome`.
    },
    closed: (closure) => turn.reject(closureError(closure, `could not connect to ${address}`)),
  });
  return turn.promise;
}
