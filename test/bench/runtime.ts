import type { Work } from "./work.ts";

/**
 * A subject that runs: cellgate through its socket, a peer, or a raw floor. It lives in the driver process of its
 * subject. Every method rejects when the subject fails, and with an `UnsupportedError` where it cannot do such a thing.
 */
export interface Runtime {
  /** Runs the work as one cell, from the request to the whole answer, and checks what came out. */
  run(work: Work): Promise<void>;
  /** Starts a cell that loops for ever, and resolves when it does: with what stops it, until the stop is confirmed. */
  spin(): Promise<() => Promise<void>>;
  /** Starts so many more cells that wait for a tool, and resolves when all do. */
  park(count: number): Promise<void>;
  /** The processes whose trees hold the cells. */
  readonly roots: readonly number[];
  /** Ends what it started. */
  close(): Promise<void>;
}

/** Something to measure. */
export interface Subject {
  /** As in the tables. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly about: string;
  /** The npm packages that it needs in a cache folder of its own. Absent: none. */
  readonly packages?: readonly string[];
  /** Whether cells run in the process that asks for them. Else there is a process or socket in between. */
  readonly inProcess: boolean;
  /** Starts it. `folder` has the packages. */
  open(folder: string): Promise<Runtime>;
}
