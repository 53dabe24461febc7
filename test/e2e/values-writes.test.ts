import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

async function storedValues(turn: CellTurn) {
  const id = turn.ask({ type: "stored_values" });
  return (await turn.next("stored_values", { id })).values;
}

describe("V1: stored values", () => {
  test("belong to the session: a later cell of it loads them, and one of another does not", async () => {
    const [turn, other] = await Promise.all([sdkTurn(gateway()), sdkTurn(gateway())]);
    await turn.run(`store("k", { list: [1, "two", null] })`);
    expect((await turn.run(`text(load("k"))`)).text).toBe('{"list":[1,"two",null]}');
    expect((await other.run(`text(String(load("k")))`)).text).toBe("undefined");
    expect(await other.storedValues()).toEqual({});
  });

  test("outlive the turn in which they were stored", async () => {
    const first = await sdkTurn(gateway());
    await first.run(`store("k", 5)`);
    await first.close();
    const second = await sdkTurn(gateway(), { session: first.session });
    expect((await second.run(`return load("k")`)).text).toBe("5");
  });

  test("are for a cell as they were when it started, but for its own writes, which it sees at once", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.run(`store("theirs", "old"); store("own", "old")`);
    const cell = await turn.startAndHold(`
      store("own", "new");
      text(load("own"));
      await tools.hold();
      text(load("theirs") + " " + load("own") + " " + load("late"));
    `);
    await turn.run(`store("theirs", "new"); store("own", "newer"); store("late", 1)`);
    turn.release(cell.callId);
    const result = await turn.next("result", { id: cell.id });
    expect(textsOf(result.content)).toEqual(["new", "old new undefined"]);
  });
});

describe("V2: the writes of a cell", () => {
  test("are merged key by key when it ends, so that cells side by side keep each other's keys", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.run(`store("before", 0); store("both", 0)`);
    const writes = (name: string) => `store("${name}", 1); store("both", "${name}"); await tools.hold();`;
    const [a, b, c] = [
      await turn.startAndHold(writes("a")),
      await turn.startAndHold(writes("b")),
      await turn.startAndHold("await tools.hold()"),
    ];
    expect(await storedValues(turn)).toEqual({ before: 0, both: 0 });
    turn.release(b.callId);
    await turn.next("result", { id: b.id });
    expect(await storedValues(turn)).toEqual({ before: 0, b: 1, both: "b" });
    turn.release(a.callId);
    await turn.next("result", { id: a.id });
    expect(await storedValues(turn)).toEqual({ before: 0, a: 1, b: 1, both: "a" });
    // A cell that wrote nothing changes nothing, however old its view is.
    turn.release(c.callId);
    await turn.next("result", { id: c.id });
    expect(await storedValues(turn)).toEqual({ before: 0, a: 1, b: 1, both: "a" });
  });

  test("count with their last value for each key", async () => {
    const turn = await sdkTurn(gateway());
    await turn.run(`for (let i = 0; i < 100; i++) { store("n", i); store("k" + i % 3, i) }`);
    expect(await turn.storedValues()).toEqual({ n: 99, k0: 99, k1: 97, k2: 98 });
  });

  test.for([
    ["its end", `return 1`, undefined],
    ["an error", `throw new Error("x")`, "script_error"],
    ["an error of a timer", `setTimeout(() => { throw new Error("x") }); ${FOREVER}`, "script_error"],
    ["exit()", `try { exit() } finally { store("k", "not this") }`, undefined],
    ["the wall limit of a cell that waits", FOREVER, "wall_limit"],
    ["the wall limit of a cell that loops", `for (;;);`, "wall_limit"],
    ["its memory limit", `const all = []; for (;;) all.push(new Array(1_000).fill(0))`, "memory_limit"],
  ] as const)("are committed by %s", async ([, end, code]) => {
    const turn = await sdkTurn(gateway());
    const maxWallMs = code === "wall_limit" ? 300 : undefined;
    const outcome = await turn.run(`store("k", "kept"); ${end}`, { maxWallMs });
    expect(outcome.type).toBe("result");
    expect(outcome.error?.code).toBe(code);
    expect(await turn.storedValues()).toEqual({ k: "kept" });
  });

  test("are committed by the loss of its executor", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const cell = await turn.startAndHold(`store("k", "kept"); text("out"); await tools.hold()`);
    for (const pid of own.executorPids()) process.kill(pid, "SIGKILL");
    const result = await turn.next("result", { id: cell.id });
    expect(result.error?.code).toBe("executor_lost");
    expect(await storedValues(turn)).toEqual({ k: "kept" });
    expect(textsOf((await turn.run(`text(load("k"))`)).content)).toEqual(["kept"]);
  });

  test("are discarded by its termination", async () => {
    const turn = await CellTurn.open(gateway());
    await turn.run(`store("k", "old")`);
    const cell = await turn.startAndHold(`store("k", "new"); store("other", 1); await tools.hold()`);
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    expect(await storedValues(turn)).toEqual({ k: "old" });
  });

  test("are discarded by its termination also where its executor dies of it", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const cell = await turn.start(
      `store("k", 1); yield_control(); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`,
      { yieldMs: null },
    );
    await turn.next("yielded", { id: cell.id });
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    expect(await storedValues(turn)).toEqual({});
  });
});
