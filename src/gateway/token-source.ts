import type { Principal } from "../session/principal.ts";

/** Why a token does not let its bearer in. */
export type TokenProblem = "missing" | "wrong" | "expired" | "not_yet_valid";

/**
 * Knows tokens. It says `wrong` of every token that it does not know, in a time that tells nothing of those that it does,
 * and more only of one that is really its own. It never throws or rejects, and never repeats a token.
 */
export interface TokenSource {
  identify(token: string): Principal | TokenProblem | Promise<Principal | TokenProblem>;
}
