import type { FaultKind } from "./fault-table.ts";
import type { TurnMoment } from "./moments.ts";

const isMiddle = ({ where }: TurnMoment): boolean => where === "middle";

/** Ways in which a connection is cut. */
export const cutKinds = {
  both: { strike: (line) => line.cut() },
  /** The gateway is told nothing until the client comes back. */
  "client only": { strike: (line) => line.cut("client") },
  /** The client does not get through at once, and the turn goes on without it. */
  away: {
    strike: (line, _message, _moment, proxy) => {
      line.cut();
      for (const nth of [1, 2, 3]) {
        void proxy.at({ from: "client", tag: "upgrade", nth, where: "before" }, (next) => next.cut());
      }
    },
    among: (moment) => isMiddle(moment) && moment.tag !== "upgrade",
  },
  /** Once more, in the first frame behind the next `welcome`. */
  again: {
    strike: (line, _message, _moment, proxy) => {
      line.cut();
      void proxy.at({ from: "gateway", tag: "welcome" }, () => {
        void proxy.at({ from: "gateway", where: "middle" }, (next) => next.cut());
      });
    },
    among: isMiddle,
  },
  /** What is under way in the other direction is lost with it. */
  "under way": { strike: (line) => line.reset(), delayMs: 2, among: isMiddle },
} as const satisfies Record<string, FaultKind>;
