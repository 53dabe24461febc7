import { durationText } from "./duration.ts";
import type { LoadResult } from "./result.ts";

/** Above this a worker is late with what it does. */
const BUSY = 0.9;
/** Later than this is more than a timer's coarseness and a collection of garbage. */
const LATE_MS = 20;
/** Above this, whoever needs a core waits for it. */
const FULL = 0.95;

/** What makes the numbers of a load doubtful, or in need of a word. Empty: nothing. */
export function doubtsOf(result: Pick<LoadResult, "plan" | "timeline" | "flows" | "machine" | "metrics">): string[] {
  const { plan, flows, machine } = result;
  const seconds = result.timeline.filter(({ isWarmUp }) => !isWarmUp);
  const share = (count: number) => `${count} of ${seconds.length} seconds`;
  const doubts: string[] = [];
  const busy = seconds.filter(({ utilization }) => utilization > BUSY).length;
  if (busy > seconds.length / 10) {
    doubts.push(
      `the client itself was the limit: a worker had more than ${BUSY * 100} % to do in ${share(busy)}. ` +
        `Times are too long and rates too low; take more --workers, or more machines`,
    );
  }
  const late = seconds.filter(({ maxLateMs }) => maxLateMs > LATE_MS);
  if (late.length > seconds.length / 10) {
    const worst = Math.max(...late.map(({ maxLateMs }) => maxLateMs));
    doubts.push(
      `the client was late: in ${share(late.length)} a flow began more than ${LATE_MS} ms after its time, though a ` +
        `socket was free (${durationText(worst)} at worst). That counts in its times`,
    );
  }
  const short = seconds.filter(({ waiting }) => waiting > 0).length;
  if (plan.rate !== undefined && short > seconds.length / 10) {
    doubts.push(
      `all sockets were busy at the end of ${share(short)}, and flows waited for one. That counts in their times: ` +
        `either ${plan.sockets} sockets are too few for this rate, or the gateway cannot keep up with it`,
    );
  }
  if (flows.notBegun > 0) {
    doubts.push(`${flows.notBegun} flows never began, for want of a socket: what is worst is missing in the times`);
  }
  if (flows.notEnded > 0) doubts.push(`${flows.notEnded} flows had not ended when the load did`);
  if (machine.busy > FULL) {
    const percent = (machine.busy * 100).toFixed(0);
    doubts.push(`the cores of this machine were ${percent} % busy: whatever runs on it takes time from the rest`);
  }
  return doubts;
}
