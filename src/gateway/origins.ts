import type { IncomingMessage } from "node:http";

/** What {@link Origins} goes by. */
export interface OriginsOptions {
  /** Origins whose pages may connect besides the gateway's own, such as `https://app.example`; `*`: any. */
  readonly allowed: readonly string[];
  /** Whether the gateway listens on loopback alone. */
  readonly isLoopback: boolean;
}

/**
 * Whether a request may come from where it says it comes from. A token is needed in any case; this keeps pages that a
 * user happens to have open from trying theirs. Only browsers send an `Origin`, and all of them do when they open a
 * WebSocket: who sends none is no page.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #isLoopback: boolean;

  constructor({ allowed, isLoopback }: OriginsOptions) {
    this.#allowed = new Set(allowed);
    this.#allowedHosts = new Set(allowed.flatMap((origin) => URL.parse(origin)?.host ?? []));
    this.#isLoopback = isLoopback;
  }

  /** What is wrong with the request's `Host` or `Origin`, if anything. */
  problemOf({ headers: { host, origin } }: IncomingMessage): string | undefined {
    return this.#hostProblem(host) ?? this.#originProblem(origin, host);
  }

  /**
   * A page can have its own name resolve to a loopback address, so that to its browser it and the gateway are one origin
   * (DNS rebinding). The name that it was reached by gives it away.
   */
  #hostProblem(host: string | undefined): string | undefined {
    if (!this.#isLoopback || host === undefined || this.#allowed.has("*")) return undefined;
    const url = URL.parse(`http://${host}`);
    if (url && (isLoopbackName(url.hostname) || this.#allowedHosts.has(url.host))) return undefined;
    return "expected a Host of loopback, or that of an allowed origin (origins)";
  }

  #originProblem(origin: string | undefined, host: string | undefined): string | undefined {
    if (origin === undefined || this.#allowed.has("*") || this.#allowed.has(origin)) return undefined;
    const url = URL.parse(origin);
    if (url && url.host !== "" && url.host === URL.parse(`http://${host}`)?.host) return undefined;
    // What serves pages on this machine may as well run programs on it.
    if (url && this.#isLoopback && isLoopbackName(url.hostname)) return undefined;
    return "pages of this origin may not connect (origins)";
  }
}

/** Of a URL's host name, in which addresses have only one form. */
function isLoopbackName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(?:\.\d+){3}$/.test(name);
}
