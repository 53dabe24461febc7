import { createHash, timingSafeEqual } from "node:crypto";
import type { Principal } from "../session/principal.ts";
import type { TokenProblem, TokenSource } from "./token-source.ts";

/** A token and whom it stands for. */
export interface NamedToken {
  /** SHA-256 of the token's UTF-8 bytes: nothing else of it is kept. */
  readonly hash: Buffer;
  readonly principal: Principal;
  /** Milliseconds since the epoch from which on it is refused. */
  readonly expiresAt?: number | undefined;
}

/** Tokens that were given out one by one, each with its principal. */
export class NamedTokens implements TokenSource {
  readonly #tokens: readonly NamedToken[];

  constructor(tokens: readonly NamedToken[]) {
    this.#tokens = tokens;
  }

  identify(token: string): Principal | TokenProblem {
    const presented = hashToken(token);
    let found: NamedToken | undefined;
    // All of them, so that the time does not tell which one it was.
    for (const known of this.#tokens) if (timingSafeEqual(known.hash, presented)) found = known;
    if (!found) return "wrong";
    return found.expiresAt !== undefined && found.expiresAt <= Date.now() ? "expired" : found.principal;
  }
}

/** SHA-256 of a token, which is compared in its place. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
