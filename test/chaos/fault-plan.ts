import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../client/load/random.ts";
import type { End, FaultProxy, Line } from "../support/fault-proxy.ts";
import type { Place } from "../support/wire-flow.ts";
import type { WireMessage } from "../support/wire-reader.ts";

/** What happens to a connection. */
export type FaultKind = keyof typeof strikes;

/** What happens to an agent's connection when one of the ends has sent so many messages more. */
export interface FaultPlan {
  readonly kind: FaultKind;
  readonly from: End;
  readonly nth: number;
  readonly where: Place;
  /** How long it lasts, where it does. */
  readonly ms: number;
  /** Where it is a close. */
  readonly code: number;
}

interface Struck {
  readonly proxy: FaultProxy;
  readonly line: Line;
  readonly message: WireMessage;
  readonly fault: FaultPlan;
}

/** Codes after which a client comes back. */
const codes = [1001, 1011, 1012, 1013, 4429, 4431, 4440];

/** What is done for each kind of fault. What lasts, lasts until the promise resolves. */
const strikes = {
  async cut({ line }: Struck) {
    line.cut();
  },
  async reset({ line }: Struck) {
    line.reset();
  },
  /** The gateway is told nothing. */
  async half_open({ line }: Struck) {
    line.cut("client");
  },
  /** The client is told nothing, for a while. */
  async half_closed({ line, fault }: Struck) {
    line.cut("gateway");
    await delay(fault.ms);
    line.reset("client");
  },
  /** One direction is dead, and then both. */
  async silence({ line, fault }: Struck) {
    line.swallow(fault.from);
    await delay(fault.ms);
    line.reset();
  },
  async close({ line, fault }: Struck) {
    line.close(fault.code, fault.code === 4429 ? `too many: come back in ${fault.ms} ms` : "a proxy's whim");
  },
  async close_client({ line, fault }: Struck) {
    line.close(fault.code, "", "client");
  },
  /** Only what the gateway says: TCP repeats nothing, and the gateway counts what a client says. */
  async twice({ line, message }: Struck) {
    if (message.frame["type"] !== "upgrade") line.say("client", message.bytes);
  },
  async delay({ proxy, fault }: Struck) {
    proxy.pace[fault.from].delayMs = 5;
    await delay(fault.ms);
    proxy.pace[fault.from].delayMs = 0;
  },
  async throttle({ proxy, fault }: Struck) {
    proxy.pace[fault.from].bytesPerSecond = 1_000_000;
    await delay(fault.ms);
    proxy.pace[fault.from].bytesPerSecond = Infinity;
  },
  async down({ proxy, line, fault }: Struck) {
    proxy.isDown = true;
    line.reset();
    await delay(fault.ms);
    proxy.isDown = false;
  },
} satisfies Record<string, (struck: Struck) => Promise<void>>;

const kinds = Object.keys(strikes) as FaultKind[];

export function planFaults(random: Random): FaultPlan[] {
  return Array.from({ length: random.integer(0, 10) }, () => {
    const kind = random.pick(kinds, (each) => (each === "cut" || each === "reset" ? 4 : 1));
    // Who says more says it between two messages.
    const isSaying = kind === "twice" || kind === "close" || kind === "close_client";
    return {
      kind,
      from: kind === "twice" ? "gateway" : random.pick(["client", "gateway"] as const),
      nth: random.integer(1, 12),
      where: random.pick(isSaying ? (["after"] as const) : (["before", "middle", "after"] as const)),
      ms: random.integer(1, 60),
      code: random.pick(codes),
    };
  });
}

/** Lets the faults happen to connections by way of the proxy, one after the other. `struck` hears of each. */
export async function sufferFaults(
  proxy: FaultProxy,
  faults: readonly FaultPlan[],
  struck: (kind: FaultKind) => void,
): Promise<void> {
  for (const fault of faults) {
    let lasting = Promise.resolve();
    await proxy.at(fault, (line, message) => {
      struck(fault.kind);
      lasting = strikes[fault.kind]({ proxy, line, message, fault });
    });
    await lasting;
  }
}
