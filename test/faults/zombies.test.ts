import { vi } from "vitest";
import { type FaultKind, faultTable } from "./fault-table.ts";

// Most of its time a turn here waits until somebody notices.
vi.setConfig({ maxConcurrency: 40 });

const isAfter: FaultKind["among"] = ({ where }) => where === "after";

faultTable({
  title: "a turn whose connection is dead, and nobody says so",
  limits: { heartbeatMs: 500, pongMs: 500 },
  kinds: {
    "gateway only": { strike: (line) => line.cut("gateway") },
    "client unheard": { strike: (line) => line.swallow("client"), among: isAfter },
    "gateway unheard": { strike: (line) => line.swallow("gateway"), among: isAfter },
    "both unheard": {
      strike: (line) => {
        line.swallow("client");
        line.swallow("gateway");
      },
      among: isAfter,
    },
  },
});
