/** What a principal may do: host turns of its own sessions, watch, and administer the gateway. */
export const scopes = ["host", "observe", "admin"] as const;

/** One thing that a principal may do. */
export type Scope = (typeof scopes)[number];

/** Whoever a token stands for. Tokens of one name stand for one principal, wherever they come from. */
export interface Principal {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Sessions that it may have at a time. Default: the limit `sessionsPerPrincipal`. */
  readonly sessions?: number | undefined;
  /** Sockets that it may have at a time. Default: the limit `socketsPerPrincipal`. */
  readonly sockets?: number | undefined;
}
