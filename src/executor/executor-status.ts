/**
 * Why an executor process ended: it died by itself (`lost`), an isolate did not stop (`stuck`), V8 ran out of memory for
 * good (`memory`), the process took too much of it (`rss`) or did not answer (`deaf`), it had served for long enough
 * (`recycled`), or it was needed no more.
 */
export type EndReason = "lost" | "stuck" | "memory" | "rss" | "deaf" | "recycled" | "unneeded";

/** What a process is there for: it runs the cells of all sessions, or of one, or waits, or takes no more cells. */
export type ExecutorRole = "shared" | "own" | "spare" | "draining";

/** One executor process. */
export interface ExecutorStatus {
  readonly pid: number;
  readonly role: ExecutorRole;
  /** Live cells. */
  readonly cells: number;
  /** Cells that were handed to it so far. */
  readonly served: number;
  /** Its resident memory; 0 where the system does not tell. */
  readonly rssBytes: number;
}

/** All executor processes, and how many ended so far, by why they did. */
export interface ExecutorsStatus {
  readonly processes: readonly ExecutorStatus[];
  readonly ended: { readonly [Reason in EndReason]: number };
}
