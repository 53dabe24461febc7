import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Prefix of the offered subprotocol that carries a token: browsers cannot set headers. It is never echoed. */
export const BEARER_PROTOCOL = "cellgate.bearer.";

/** Who may connect: whoever has the gateway's token. */
export class Auth {
  readonly #hash: Buffer;

  constructor(token: string) {
    this.#hash = hash(token);
  }

  /** Whether the request carries the token, in its header or among its subprotocols. Compared in constant time. */
  accepts(request: IncomingMessage): boolean {
    const token = tokenOf(request);
    return token !== undefined && timingSafeEqual(hash(token), this.#hash);
  }
}

/** The subprotocols that a client offers, in its order. */
export function offeredProtocols({ headers }: IncomingMessage): string[] {
  const offered = headers["sec-websocket-protocol"] ?? "";
  return offered
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");
}

function tokenOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const offered = offeredProtocols(request).find((protocol) => protocol.startsWith(BEARER_PROTOCOL));
  return offered && Buffer.from(offered.slice(BEARER_PROTOCOL.length), "base64url").toString();
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
