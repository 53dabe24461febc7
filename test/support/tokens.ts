import { createHmac } from "node:crypto";
import { BEARER_PROTOCOL } from "../../src/gateway/auth.ts";

/** A JWT of HS256, made without the library that reads it. */
export function signedJwt(claims: object, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** The subprotocol by which a browser shows a token. */
export function bearerProtocol(token: string): string {
  return BEARER_PROTOCOL + Buffer.from(token).toString("base64url");
}
