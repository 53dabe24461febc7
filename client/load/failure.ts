import { lostOf } from "./ledger.ts";
import type { LoadResult } from "./result.ts";

/** Whether there is what must not be: something lost, an error, a flow that did not end, a condition of `--fail`. */
export function hasFailed({ ledger, errors, flows, checks, replay }: LoadResult): boolean {
  const differences = replay?.different ?? 0;
  if (lostOf(ledger) + errors.length + flows.notEnded + differences > 0) return true;
  return checks.some(({ failed }) => failed);
}
