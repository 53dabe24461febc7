import { expectedToken, isToken } from "../protocol/token.ts";
import { type Principal, type Scope, scopes } from "../session/principal.ts";
import { hashToken, type NamedToken, NamedTokens } from "./named-tokens.ts";

const fields = ["name", "token", "tokenSha256", "scopes", "sessions", "sockets", "expires"];

/**
 * Reads a tokens file: a JSON list of `{ name, token | tokenSha256, scopes?, sessions?, sockets?, expires? }`. Throws an
 * Error that says which entry is wrong in what, and never shows a value of the file: it may be a token in the wrong place.
 */
export function parseTokensFile(text: string): NamedTokens {
  const entries = parseJson(text);
  if (!Array.isArray(entries)) throw new Error("expected a list of tokens");
  const tokens = entries.map((entry: unknown, index) => parseEntry(entry, `[${index}]`));
  const known = new Map<string, number>();
  for (const [index, { hash }] of tokens.entries()) {
    const earlier = known.get(hash.toString("hex"));
    if (earlier !== undefined) throw new Error(`[${index}]: expected another token than that of [${earlier}]`);
    known.set(hash.toString("hex"), index);
  }
  return new NamedTokens(tokens);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the fault.
    throw new Error("expected JSON");
  }
}

function parseEntry(entry: unknown, path: string): NamedToken {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new Error(`${path}: expected an object`);
  const { name, sessions, sockets, expires, ...rest } = entry as Record<string, unknown>;
  // A misspelt `expires` would be a token without an end.
  const unknown = Object.keys(entry).some((field) => !fields.includes(field));
  if (unknown) throw new Error(`${path}: expected no other fields than ${fields.join(", ")}`);
  if (typeof name !== "string" || name === "" || name.length > 256) {
    throw new Error(`${path}.name: expected a text of 1 to 256 characters`);
  }
  const principal: Principal = {
    name,
    scopes: parseScopes(rest["scopes"], `${path}.scopes`),
    sessions: parseCount(sessions, `${path}.sessions`),
    sockets: parseCount(sockets, `${path}.sockets`),
  };
  return { principal, hash: parseToken(rest, path), expiresAt: parseTime(expires, `${path}.expires`) };
}

function parseToken({ token, tokenSha256 }: Record<string, unknown>, path: string): Buffer {
  if ((token === undefined) === (tokenSha256 === undefined)) throw new Error(`${path}: expected token or tokenSha256`);
  if (token !== undefined) {
    if (typeof token === "string" && isToken(token)) return hashToken(token);
    throw new Error(`${path}.token: ${expectedToken}`);
  }
  if (typeof tokenSha256 === "string" && /^[0-9a-f]{64}$/i.test(tokenSha256)) return Buffer.from(tokenSha256, "hex");
  throw new Error(`${path}.tokenSha256: expected 64 hexadecimal digits`);
}

/** A token may do no more than it is said to; by default it may host turns. */
function parseScopes(value: unknown, path: string): ReadonlySet<Scope> {
  if (value === undefined) return new Set(["host"]);
  const isScope = (scope: unknown): scope is Scope => scopes.includes(scope as Scope);
  if (Array.isArray(value) && value.length > 0 && value.every(isScope)) return new Set(value);
  throw new Error(`${path}: expected a list of ${scopes.join(", ")}`);
}

function parseCount(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error(`${path}: expected a whole number from 0`);
}

/** With its zone: what means another moment on another machine is no end. */
function parseTime(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  const isTime =
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  const time = isTime ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new Error(`${path}: expected a time with its zone, such as 2030-01-31T12:00:00Z`);
}
