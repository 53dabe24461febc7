import { cutKinds } from "./cut-kinds.ts";
import { faultTable } from "./fault-table.ts";

const { both, away, again, "under way": underWay } = cutKinds;

/** Not counted by `seq`: with them nothing is lost that would not come again. */
const uncounted = ["upgrade", "welcome", "pong"];

faultTable({
  title: "a turn whose connection is cut, of which the gateway keeps nothing",
  limits: { replayBytes: 1 },
  // Behind the last there is no session any more to come back to.
  misses: ({ from, tag, nth, where }) =>
    from === "gateway" && where !== "after" && !uncounted.includes(tag) && !(tag === "ok" && nth === 3),
  kinds: { both, away, again, "under way": underWay },
});
