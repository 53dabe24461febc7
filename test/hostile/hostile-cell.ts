import type { Answerer } from "../executor/cell-record.ts";

/** A hostile cell, and what becomes of it and of its neighbours. */
export interface HostileCell {
  /** What it does or uses. Code stands in backticks. */
  readonly does: string;
  readonly source: string;
  /** `finished`, `terminated` or the code of its error. Default: `finished`. Several where V8 may choose. */
  readonly ends?: string | readonly string[];
  /** What it puts out, in full. */
  readonly texts?: readonly string[];
  /** What it puts out last. */
  readonly says?: string;
  /** Part of the message of its error. */
  readonly message?: string;
  /** Whether it is told to stop, after its first text, if any, and a while in which the neighbours are asked. */
  readonly terminate?: boolean;
  /** Whether it takes its process along, which costs its neighbour in there its life. Default: `no`. */
  readonly costsProcess?: "no" | "yes" | "perhaps";
  /** How calls of `echo` are answered. Default: with their input. Calls of `bad` fail. */
  readonly answer?: Answerer;
}

/** Hostile cells of one class. */
export interface HostileTable {
  /** Names the class. */
  readonly title: string;
  /** What all of them show, with the rules that say so. */
  readonly claim: string;
  /** Default: that of a gateway. */
  readonly heapBytes?: number;
  readonly cells: readonly HostileCell[];
}

/** How a cell ends: one of these. */
export function endsOf({ ends, terminate }: HostileCell): readonly string[] {
  return [ends ?? (terminate ? "terminated" : "finished")].flat();
}
