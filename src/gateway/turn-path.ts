import type { IncomingMessage } from "node:http";

/** Where turns connect. */
export const TURN_PATH = "/v1/turn";

/** The path that is asked for; undefined where the target is no URL, as in `GET //`. */
export function pathOf({ url = "/" }: IncomingMessage): string | undefined {
  return URL.parse(url, "http://localhost")?.pathname;
}
