import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import type { Channel } from "../channel.ts";
import { ConnectionError } from "../errors.ts";
import { shakeHands } from "../handshake.ts";
import { SocketChannel } from "../socket-channel.ts";
import { after } from "../timer.ts";
import { hostVocabulary } from "../vocabulary.ts";
import { LoadSocket, type Target } from "./load-socket.ts";
import type { TraceRecorder } from "./trace-recorder.ts";

/** Takes over a channel that has just brought `welcome`. */
export type TakeSocket<T> = (socket: LoadSocket, channel: Channel, welcome: WelcomeFrame) => T;

/** Milliseconds until connecting fails. */
const connectMs = 15_000;

/** Connects, says `hello`, and resolves with what `take` makes of the answer. Rejects as `shakeHands` does. */
export async function dial<T>(
  target: Target,
  hello: HelloFrame,
  take: TakeSocket<T>,
  recorder?: TraceRecorder,
): Promise<T> {
  const socket = new LoadSocket(target, recorder?.socket(target.subprotocol));
  const channel = new SocketChannel(socket, target.subprotocol, hostVocabulary);
  const cancel = after(connectMs, () => socket.terminate());
  try {
    return await shakeHands(
      channel,
      hostVocabulary,
      hello,
      (channel, welcome) => take(socket, channel, welcome),
      target.address,
    );
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    cancel();
  }
}

/** A few words for what went wrong with a connection, of which there are not too many: `http 503`, `ECONNREFUSED`, `4404 unknown_session`. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const status = cause instanceof Error ? /server response: (\d+)/.exec(cause.message)?.[1] : undefined;
  if (status !== undefined) return `http ${status}`;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  const code = "code" in error ? String(error.code) : error.name;
  return error instanceof ConnectionError && error.closeCode !== undefined ? `${error.closeCode} ${code}` : code;
}
