import type { IncomingMessage } from "node:http";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Principal, Scope } from "../session/principal.ts";
import type { Auth } from "./auth.ts";
import type { Origins } from "./origins.ts";
import type { TokenProblem } from "./token-source.ts";

/** Why a request is not let in: by an HTTP status or, where the client cannot see one, by a close code. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 429 | 503;
  readonly code: CloseCode;
  readonly reason: string;
  /** Headers beside the status. */
  readonly headers?: { readonly [name: string]: string } | undefined;
}

const tokenReasons: { readonly [K in TokenProblem]: string } = {
  missing: "the token is missing or wrong",
  wrong: "the token is missing or wrong",
  expired: "the token has expired",
  not_yet_valid: "the token is not valid yet",
};

/** Decides whether a request may come from where it comes from, and whether its principal may do what it asks for. */
export class Admission {
  readonly #auth: Auth;
  readonly #origins: Origins;

  constructor(auth: Auth, origins: Origins) {
    this.#auth = auth;
    this.#origins = origins;
  }

  /** Why a request is refused for where it comes from, whoever sent it; undefined where it is not. */
  refusalOfOrigin(request: IncomingMessage): Refusal | undefined {
    const problem = this.#origins.problemOf(request);
    return problem === undefined ? undefined : { status: 403, code: 4403, reason: problem };
  }

  /** The request's principal, who has one of the scopes; or why it is refused. Never rejects. */
  async admit(request: IncomingMessage, ...anyOf: readonly Scope[]): Promise<Principal | Refusal> {
    const refusal = this.refusalOfOrigin(request);
    if (refusal) return refusal;
    const principal = await this.#auth.identify(request);
    if (typeof principal === "string") return unauthenticated(principal);
    if (anyOf.some((scope) => principal.scopes.has(scope))) return principal;
    const scopes = anyOf.join(" or ");
    const headers = { "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${anyOf.join(" ")}"` };
    return { status: 403, code: 4403, reason: `the token does not allow this: expected the scope ${scopes}`, headers };
  }
}

/** RFC 6750, section 3: a request that shows nothing is told no error code. */
function unauthenticated(problem: TokenProblem): Refusal {
  const headers = { "WWW-Authenticate": problem === "missing" ? "Bearer" : 'Bearer error="invalid_token"' };
  return { status: 401, code: 4401, reason: tokenReasons[problem], headers };
}
