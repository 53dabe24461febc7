import type { TestGateway } from "../support/running-gateway.ts";
import { CellTurn } from "./cell-turn.ts";

/** How long a cell is given to do what it does when its call was answered. Enough by far, and nothing fails if it is not. */
const WORK_MS = 150;

/**
 * Answers a call of {@link hold} and lets the turn go before the cell hears of the answer: what it does then, it does while
 * the session has no host. The gateway must have one executor, which is held up meanwhile.
 */
export async function releaseWithoutHost(gateway: TestGateway, turn: CellTurn, callId: string): Promise<void> {
  const other = await CellTurn.open(gateway);
  const pids = gateway.executorPids();
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  turn.release(callId);
  await turn.raw.close();
  // The gateway runs in this process: after a few turns of the event loop it knows that the socket is closed.
  for (let round = 0; round < 5; round++) await other.raw.settle();
  for (const pid of pids) process.kill(pid, "SIGCONT");
  await other.run(`await new Promise((resolve) => setTimeout(resolve, ${WORK_MS}))`);
  await other.raw.close();
}
