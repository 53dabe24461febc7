import { Random } from "../../client/load/random.ts";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import { subprotocols } from "../support/raw-turn.ts";
import { type CellPlan, planCell } from "./cell-plan.ts";
import { type FaultPlan, planFaults } from "./fault-plan.ts";

/** How narrow the limits of a gateway are: in a narrow one frames are missed for good, and cells and calls wait in line. */
export type Width = "wide" | "narrow";

/** What becomes of an agent's first turn: it ends the session, or it closes, or is taken over in its midst, by a second. */
export type TurnEnd = "ends" | "closes" | "taken_over";

/** What one agent does, and what happens to its connections. */
export interface AgentPlan {
  readonly name: string;
  readonly subprotocol: Subprotocol;
  readonly cells: readonly CellPlan[];
  /** When it asks for something else beside its cells: milliseconds from its beginning. */
  readonly asides: readonly number[];
  readonly end: TurnEnd;
  /** Milliseconds from its beginning until it is taken over. */
  readonly takeoverMs: number;
  /** What happens to the connections of its first and its second turn. */
  readonly faults: readonly [readonly FaultPlan[], readonly FaultPlan[]];
}

/** All that is decided about a run before it begins, and nothing of what then comes first. */
export interface Plan {
  readonly seed: number;
  readonly width: Width;
  readonly agents: readonly AgentPlan[];
}

/** The plan of a seed: always the same. */
export function planOf(seed: number): Plan {
  const random = new Random(String(seed));
  const agents = Array.from({ length: random.integer(1, 3) }, (_, index) => planAgent(`a${index}`, random.of(index)));
  return { seed, width: random.pick(["wide", "narrow"]), agents };
}

function planAgent(name: string, random: Random): AgentPlan {
  const end = random.pick(["ends", "closes", "taken_over"] as const);
  const count = random.integer(1, 6);
  return {
    name,
    subprotocol: random.pick(subprotocols),
    cells: Array.from({ length: count }, (_, index) => planCell(`${name}c${index}`, end !== "ends", random)),
    asides: Array.from({ length: random.integer(0, 4) }, () => random.integer(0, 150)),
    end,
    takeoverMs: random.integer(5, 150),
    faults: [planFaults(random), planFaults(random)],
  };
}
