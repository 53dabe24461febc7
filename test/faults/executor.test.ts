import { afterAll, describe, expect, test } from "vitest";
import { textsOf } from "../e2e/cell-turn.ts";
import { proxiedTurn } from "../e2e/proxied-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { cutKinds } from "./cut-kinds.ts";
import type { FaultKind } from "./fault-table.ts";
import type { TurnMoment } from "./moments.ts";

const gateway = sharedGateway();

const steps = ["a", "b", "c"];

const SOURCE = `
  for (const step of ${JSON.stringify(steps)}) {
    text(step); notify(step); store(step, 1);
    await tools.take(step);
  }`;

const moments: readonly TurnMoment[] = [
  { from: "client", tag: "execute", nth: 1, where: "after" },
  { from: "gateway", tag: "started", nth: 1, where: "after" },
  { from: "gateway", tag: "notify", nth: 2, where: "after" },
  { from: "gateway", tag: "tool_call", nth: 2, where: "before" },
  { from: "gateway", tag: "tool_call", nth: 2, where: "after" },
  { from: "client", tag: "tool_result", nth: 2, where: "before" },
  { from: "client", tag: "tool_result", nth: 2, where: "after" },
  { from: "gateway", tag: "result", nth: 1, where: "before" },
];

const kinds: { readonly [column: string]: FaultKind } = {
  "no cut": { strike: () => {} },
  both: cutKinds.both,
  away: cutKinds.away,
};

const rows: string[] = [];
afterAll(() => console.log(["a turn whose executor is killed, and with it its connection cut", ...rows].join("\n")));

/** The first of the steps: as many as these are. */
const first = (list: readonly string[]) => steps.slice(0, list.length);

describe.for(Object.entries(kinds))(
  "a cell whose executor is killed while the connection is cut, %s,",
  ([kind, { strike }]) => {
    test.for(moments)("$where $tag $nth of the $from, is answered once, with all that it did", async (moment) => {
      const calls: string[] = [];
      const notified: string[] = [];
      const streamed: string[] = [];
      const { proxy, turn, events } = await proxiedTurn(gateway(), {
        tools: { take: { description: "", run: (step: string) => void calls.push(step) } },
        onNotify: ({ text }) => void notified.push(text),
      });
      // Where one was killed before, another is there now.
      await turn.run("1");
      const [pid = 0] = gateway().executorPids();
      void proxy.at(moment, (line, message) => {
        process.kill(pid, "SIGKILL");
        strike(line, message, moment, proxy);
      });
      const onContent = (items: Parameters<typeof textsOf>[0]) => void streamed.push(...textsOf(items));
      const { error, content } = await turn.run(SOURCE, { onContent });
      const stored = Object.keys(await turn.storedValues());

      if (moment.tag === "result") expect(error).toBeUndefined();
      else expect(error).toEqual({ code: "executor_lost", message: "exec runtime ended unexpectedly" });
      const texts = textsOf(content);
      for (const list of [texts, notified, stored, calls]) expect(list).toEqual(first(list));
      expect(streamed).toEqual(texts);
      // In the order of the code, as far as it came.
      const counts = [texts, notified, stored, calls].map(({ length }) => length);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      expect(events.filter((event) => event.state === "resumed").every(({ complete }) => complete)).toBe(true);
      // It may be lost with the process, which was not known to be gone.
      const next = await turn.run(`return "next"`);
      expect((next.error ? await turn.run(`return "next"`) : next).text).toBe("next");
      const { from, tag, nth, where } = moment;
      const did = [`${texts.length} texts`, `${calls.length} calls`, error?.code ?? "no error"].join(", ");
      rows.push(
        `${kind.padEnd(11)}  ${from}  ${tag.padEnd(11)}  ${nth} ${where.padEnd(6)}  ${proxy.connections} connections, ${did}`,
      );
    });
  },
);
