import { signedJwt } from "../../support/tokens.ts";

/** The option of a gateway that takes the tokens of {@link scopedToken}. */
export const jwtSecret = "0123456789abcdef0123456789abcdef";

/** A token with this scope alone, until the year 2096 or when it is said. */
export function scopedToken(scope: "host" | "observe" | "admin", exp = 4e9): string {
  return signedJwt({ sub: "dave", scope: `cellgate:${scope}`, exp }, jwtSecret);
}
