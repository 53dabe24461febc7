import type { IncomingMessage } from "node:http";
import { type Principal, scopes } from "../session/principal.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import { JsonWebTokens, type JwtClaims } from "./json-web-tokens.ts";
import { hashToken, NamedTokens } from "./named-tokens.ts";
import type { TokenProblem, TokenSource } from "./token-source.ts";
import { parseTokensFile } from "./tokens-file.ts";
import { WatchedFile } from "./watched-file.ts";

/** Prefix of the offered subprotocol that carries a token: browsers cannot set headers. It is never echoed. */
export const BEARER_PROTOCOL = "cellgate.bearer.";

/** Whose tokens let in. */
export interface AuthOptions {
  /** The gateway's own token: that of the principal `default`, who may do everything. */
  readonly token: string;
  /** Path of a list of tokens, see `parseTokensFile`. */
  readonly tokensFile?: string | undefined;
  /** Secret of JWTs. */
  readonly jwtSecret?: string | undefined;
  /** Path of a JSON Web Key Set with the keys of JWTs. */
  readonly jwksFile?: string | undefined;
  /** What JWTs must say. */
  readonly claims: JwtClaims;
  readonly observer: GatewayObserver;
}

/** Who may connect: finds the principal that a request's token stands for. */
export class Auth {
  readonly #sources: readonly TokenSource[];
  readonly #files: readonly WatchedFile<TokenSource>[];

  /** Rejects where a file cannot be read, or is faulty. */
  static async open(options: AuthOptions): Promise<Auth> {
    const { token, tokensFile, jwtSecret, jwksFile, claims, observer } = options;
    const owner = { name: "default", scopes: new Set(scopes) };
    const sources: TokenSource[] = [new NamedTokens([{ hash: hashToken(token), principal: owner }])];
    if (jwtSecret !== undefined) sources.push(JsonWebTokens.withSecret(jwtSecret, claims));
    const files: WatchedFile<TokenSource>[] = [];
    const watch = async (path: string, parse: (text: string) => TokenSource | Promise<TokenSource>) => {
      const onReload = (problem: Error | undefined) =>
        observer.hear({ type: "file_read", path, problem: problem?.message });
      files.push(await WatchedFile.open({ path, parse, onReload }));
    };
    try {
      if (tokensFile !== undefined) await watch(tokensFile, parseTokensFile);
      if (jwksFile !== undefined) await watch(jwksFile, (text) => JsonWebTokens.withKeySet(text, claims));
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
    return new Auth(sources, files);
  }

  private constructor(sources: readonly TokenSource[], files: readonly WatchedFile<TokenSource>[]) {
    this.#sources = sources;
    this.#files = files;
  }

  /** The principal of the token that the request carries, in its header or among its subprotocols. Never rejects. */
  async identify(request: IncomingMessage): Promise<Principal | TokenProblem> {
    const token = tokenOf(request);
    if (token === undefined) return "missing";
    let problem: TokenProblem = "wrong";
    for (const source of [...this.#sources, ...this.#files.map((file) => file.value)]) {
      // One after the other: the cheap ones come first, and know most of what comes.
      const found = await source.identify(token);
      if (typeof found !== "string") return found;
      if (found !== "wrong") problem = found;
    }
    return problem;
  }

  /** Reads the files again. Whoever is connected stays so. */
  async reload(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.reload()));
  }

  /** Watches its files no longer. */
  close(): void {
    for (const file of this.#files) file.close();
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

/** The token, and an empty one for what is none: no source knows that. */
function tokenOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
  const offered = offeredProtocols(request).find((protocol) => protocol.startsWith(BEARER_PROTOCOL));
  return offered && Buffer.from(offered.slice(BEARER_PROTOCOL.length), "base64url").toString();
}
