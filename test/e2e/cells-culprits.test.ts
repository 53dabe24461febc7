import { describe, expect, test } from "vitest";
import { runningGateway } from "../support/running-gateway.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";
import { UNSTOPPABLE } from "./stubborn-sources.ts";

const STUBBORN = `text("t"); tools.hold(); ${UNSTOPPABLE}`;
const PATIENT = `await tools.hold(); text("alive")`;

/** Starts a cell that nothing but the end of its process stops, and terminates it. */
async function costProcess(turn: CellTurn): Promise<void> {
  const cell = await turn.startAndHold(STUBBORN);
  const id = turn.terminate(cell.cellId);
  await turn.next("terminated", { id });
}

describe("B6: a session that cost a process", () => {
  test("touches no other session's cells the next time", async () => {
    const gateway = await runningGateway();
    const [bad, good] = [await CellTurn.open(gateway), await CellTurn.open(gateway)];
    const first = await good.startAndHold(PATIENT);
    await costProcess(bad);
    expect((await good.next("result", { id: first.id })).error?.code).toBe("executor_lost");
    const parked = [await good.startAndHold(PATIENT), await good.startAndHold(PATIENT)];
    await costProcess(bad);
    await costProcess(bad);
    for (const { id, callId } of parked) {
      good.release(callId);
      expect(textsOf((await good.next("result", { id })).content)).toEqual(["alive"]);
    }
    expect(gateway.executors().ended).toMatchObject({ stuck: 3, lost: 0 });
    expect(gateway.log.filter((line) => line.includes("does not stop"))).toHaveLength(3);
  });

  test("keeps its stored values, and its later cells run", async () => {
    const gateway = await runningGateway();
    const turn = await CellTurn.open(gateway);
    await turn.run(`store("k", "kept")`);
    await costProcess(turn);
    expect(textsOf((await turn.run(`text(load("k"))`)).content)).toEqual(["kept"]);
    expect(gateway.executors().processes.map(({ role }) => role)).toContain("own");
  });
});

describe("isolation by session", () => {
  test("C14: what costs one session its process costs no other anything", async () => {
    const gateway = await runningGateway({ isolation: "session" });
    const [bad, good] = [await CellTurn.open(gateway), await CellTurn.open(gateway)];
    const parked = await good.startAndHold(PATIENT);
    await costProcess(bad);
    good.release(parked.callId);
    expect(textsOf((await good.next("result", { id: parked.id })).content)).toEqual(["alive"]);
  });

  test("where all processes are in use a cell is queued until one is free, and can be terminated meanwhile", async () => {
    const gateway = await runningGateway({ isolation: "session", limits: { ownExecutors: 1 } });
    const [first, second] = [await CellTurn.open(gateway), await CellTurn.open(gateway)];
    const parked = await first.startAndHold(PATIENT);
    const cells = [await second.start(`text("at last")`), await second.start("1")] as const;
    const id = second.ask({ type: "list_cells" });
    const { cells: listed } = await second.next("cells", { id });
    expect(listed.map(({ state }) => state)).toEqual(["queued", "queued"]);
    second.terminate(cells[1].cellId);
    await second.next("terminated", { id: cells[1].id });
    first.release(parked.callId);
    await first.next("result", { id: parked.id });
    expect(textsOf((await second.next("result", { id: cells[0].id })).content)).toEqual(["at last"]);
  });
});
