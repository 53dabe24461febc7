import {
  createLocalJWKSet,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import { type Principal, type Scope, scopes } from "../session/principal.ts";
import type { TokenProblem, TokenSource } from "./token-source.ts";

/** What a JWT must say besides its signature. */
export interface JwtClaims {
  /** Its `iss`. Default: any. */
  readonly issuer?: string | undefined;
  /** What its `aud` is or contains. Default: any. */
  readonly audience?: string | undefined;
}

/** By how much the clocks of the issuer and of this machine may differ. */
const CLOCK_TOLERANCE_S = 5;

/** In the claim `scope`, RFC 8693 section 4.2. Prefixed, as an issuer's own `admin` must not make one here. */
const SCOPE_PREFIX = "cellgate:";

/** Algorithms for each type of key, the first of which is that of a key that names none. */
const algorithms: { readonly [type: string]: readonly string[] } = {
  RSA: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  "EC P-256": ["ES256"],
  "EC P-384": ["ES384"],
  "EC P-521": ["ES512"],
  "OKP Ed25519": ["EdDSA", "Ed25519"],
};

type Verify = (token: string, claims: JWTVerifyOptions) => Promise<{ readonly payload: JWTPayload }>;

/** JSON Web Tokens: whoever has the key says who may connect, and until when. */
export class JsonWebTokens implements TokenSource {
  readonly #verify: Verify;
  readonly #claims: JWTVerifyOptions;

  /** Tokens signed with a secret, by HS256 and nothing else. */
  static withSecret(secret: string, claims: JwtClaims): JsonWebTokens {
    const key = new TextEncoder().encode(secret);
    const verify: Verify = (token, options) => jwtVerify(token, key, { ...options, algorithms: ["HS256"] });
    return new JsonWebTokens(verify, claims);
  }

  /** Tokens signed with one of the keys of a JSON Web Key Set (RFC 7517), given as text. Rejects where a key is no public one. */
  static async withKeySet(text: string, claims: JwtClaims): Promise<JsonWebTokens> {
    const keys = parseKeySet(text);
    // Each with one algorithm, so that a token cannot choose what its key is used for.
    const fixed = keys.map((key, index): JWK => ({ ...key, alg: algorithmOf(key, `keys[${index}]`) }));
    const imports = fixed.map((key, index) =>
      importJWK(key).catch(() => {
        throw new Error(`keys[${index}]: expected a public key`);
      }),
    );
    await Promise.all(imports);
    const keySet = createLocalJWKSet({ keys: fixed });
    const allowed = fixed.map(({ alg }) => alg as string);
    return new JsonWebTokens((token, options) => jwtVerify(token, keySet, { ...options, algorithms: allowed }), claims);
  }

  private constructor(verify: Verify, { issuer, audience }: JwtClaims) {
    this.#verify = verify;
    this.#claims = {
      requiredClaims: ["exp", "sub"],
      clockTolerance: CLOCK_TOLERANCE_S,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  async identify(token: string): Promise<Principal | TokenProblem> {
    try {
      const { payload } = await this.#verify(token, this.#claims);
      return principalOf(payload);
    } catch (error) {
      // Both come only after the signature was found to be right.
      if (error instanceof errors.JWTExpired) return "expired";
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === "nbf") return "not_yet_valid";
      return "wrong";
    }
  }
}

function principalOf({ sub, scope }: JWTPayload): Principal | TokenProblem {
  if (typeof sub !== "string" || sub === "" || sub.length > 256) return "wrong";
  const given = typeof scope === "string" ? scope.split(" ") : [];
  return { name: sub, scopes: new Set(scopes.filter((name: Scope) => given.includes(SCOPE_PREFIX + name))) };
}

function parseKeySet(text: string): JWK[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new Error("expected JSON");
  }
  const keys = (set as { keys?: unknown } | null)?.keys;
  const isList = Array.isArray(keys) && keys.length > 0;
  if (!isList) throw new Error("expected a JSON Web Key Set with at least one key");
  return keys as JWK[];
}

/** The one algorithm of a key. Throws for a key that is secret, or of a type that signs nothing. */
function algorithmOf(key: unknown, path: string): string {
  if (typeof key !== "object" || key === null) throw new Error(`${path}: expected a key`);
  const { kty, crv, alg, d, k } = key as JWK;
  if (d !== undefined || k !== undefined) throw new Error(`${path}: expected a public key, got a secret one`);
  const type = kty === "RSA" ? kty : `${kty} ${crv}`;
  const allowed = Object.hasOwn(algorithms, type) ? (algorithms[type] ?? []) : [];
  const chosen = alg ?? allowed[0];
  if (chosen !== undefined && allowed.includes(chosen)) return chosen;
  throw new Error(`${path}: expected a key of RSA, of EC (P-256, P-384, P-521) or of Ed25519, and an alg that fits it`);
}
