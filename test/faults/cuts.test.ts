import { cutKinds } from "./cut-kinds.ts";
import { faultTable } from "./fault-table.ts";

faultTable({
  title: "a turn whose connection is cut",
  kinds: { ...cutKinds, json: { ...cutKinds["under way"], subprotocol: "cellgate.v1.json" } },
});
