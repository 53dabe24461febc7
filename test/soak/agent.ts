import { connect, type Outcome, type Turn } from "../../client/index.ts";
import { type CellKind, cellKindAt } from "./cell-kinds.ts";
import type { Tally } from "./tally.ts";

/** Cells of a session, after which the agent ends it and opens another. */
const CELLS_PER_SESSION = 200;

/** How soon a cell of whatever kind is asked for, where it was told to stop. */
const YIELD_MS = 10;

/** What an agent needs. */
export interface AgentOptions {
  readonly url: string;
  readonly token: string;
  readonly tally: Tally;
  /** Whether there is to be another cell. */
  readonly goesOn: () => boolean;
}

/** Runs cells one after another, as fast as they are answered, in one session after another. */
export async function runAgent(options: AgentOptions): Promise<void> {
  while (options.goesOn()) await runSession(options);
}

async function runSession({ url, token, tally, goesOn }: AgentOptions): Promise<void> {
  const turn = await connect(url, {
    token,
    tools: {
      add: { description: "", run: ([a, b]: [number, number]) => a + b },
      fail: { description: "", run: () => Promise.reject(Object.assign(new Error("no"), { code: "E_NO" })) },
    },
    onNotify: () => {},
    onError: (error) => tally.problem(`the SDK reported ${String(error)}`),
  });
  for (let cells = 0; cells < CELLS_PER_SESSION && goesOn(); cells++) {
    const kind = cellKindAt(tally.started);
    tally.start(kind);
    try {
      const { type, error } = await runCell(turn, kind);
      tally.end(kind, error?.code ?? type, error?.message);
    } catch (error) {
      tally.end(kind, "request error", String(error));
    }
  }
  await turn.endSession();
}

async function runCell(turn: Turn, { source, terminate }: CellKind): Promise<Outcome> {
  let outcome = await turn.execute(source, { yieldMs: YIELD_MS });
  while (outcome.type === "yielded") {
    if (terminate) return turn.terminate(outcome.cellId);
    outcome = await turn.wait(outcome.cellId, { yieldMs: null });
  }
  return outcome;
}
