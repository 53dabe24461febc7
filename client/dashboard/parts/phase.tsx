import type { CallRecord, CellPhase } from "../model/cell-record.ts";

/** Where a cell stands, in a word and a colour. */
export function Phase({ phase }: { readonly phase: CellPhase }) {
  return <span class={`phase ${phase}`}>{phase === "waiting" ? "waiting for host" : phase}</span>;
}

/** Where a call stands. */
export function CallPhase({ call }: { readonly call: CallRecord }) {
  if (call.endedAtMs === undefined) return <span class="phase waiting">open</span>;
  const ending = call.ending ?? "cancelled";
  return <span class={`phase ${callColours[ending]}`}>{ending}</span>;
}

const callColours = { answered: "finished", failed: "failed", cancelled: "terminated" } as const;
