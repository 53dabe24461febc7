import { faultTable } from "./fault-table.ts";

faultTable({
  title: "a turn in which one message comes twice",
  kinds: {
    twice: {
      strike: (line, { bytes }, { from }) => line.say(from === "client" ? "gateway" : "client", bytes),
      among: ({ where, tag }) => where === "after" && tag !== "upgrade" && tag !== "hello",
    },
  },
});
