import { describe, expect, test } from "vitest";
import { type Tools, ToolCancelledError } from "../../client/index.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, FOREVER, hold, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

/** Ids and reasons of all cancels that came. */
const cancelsOf = (turn: CellTurn) =>
  turn.raw.frames.filter((frame) => frame.type === "tool_cancel").map(({ callId, reason }) => [callId, reason]);

describe("T7: each call that a host was given and has not answered is cancelled", () => {
  test("when its cell is terminated, before that is answered; the calls of other cells live on", async () => {
    const turn = await CellTurn.open(gateway());
    const other = await turn.startAndHold(`text(await tools.hold())`);
    const cell = await turn.start(`await tools.hold(); tools.hold(); await tools.hold()`, { yieldMs: null });
    turn.release((await turn.next("tool_call")).callId);
    const open = [(await turn.next("tool_call")).callId, (await turn.next("tool_call")).callId];
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    expect(cancelsOf(turn)).toEqual(open.map((callId) => [callId, "terminated"]));
    expect(turn.raw.tags.indexOf("tool_cancel")).toBeLessThan(turn.raw.tags.indexOf("terminated"));
    turn.raw.send({ type: "tool_result", callId: open[0], value: "late" });
    turn.raw.send({ type: "tool_result", callId: other.callId, value: "fine" });
    expect(textsOf((await turn.next("result", { id: other.id })).content)).toEqual(["fine"]);
  });

  test.for([
    ["well", `tools.hold(); text("end")`, undefined],
    ["with an error", `tools.hold(); throw new Error("x")`, "script_error"],
    ["by exit()", `tools.hold(); exit()`, undefined],
  ] as const)("when its cell ends %s", async ([, source, code]) => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(source);
    expect(result.error?.code).toBe(code);
    const call = await turn.next("tool_call");
    expect(cancelsOf(turn)).toEqual([[call.callId, "ended"]]);
    expect(turn.raw.tags).toEqual(["welcome", "started", "tool_call", "tool_cancel", "result"]);
  });

  test("when its cell is stopped by a limit", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`await tools.hold()`, { maxWallMs: 100 });
    const result = await turn.next("result", { id: cell.id });
    expect(result.error?.code).toBe("wall_limit");
    expect(cancelsOf(turn)).toEqual([[cell.callId, "terminated"]]);
  });

  test("when its cell loses its executor", async () => {
    const own = await runningGateway();
    const turn = await CellTurn.open(own);
    const cell = await turn.startAndHold(`await tools.hold()`);
    for (const pid of own.executorPids()) process.kill(pid, "SIGKILL");
    await turn.next("result", { id: cell.id });
    expect(cancelsOf(turn)).toEqual([[cell.callId, "ended"]]);
  });

  test("when its session ends, before that is answered", async () => {
    const turn = await CellTurn.open(gateway());
    const [a, b] = [await turn.startAndHold(`await tools.hold()`), await turn.startAndHold(`await tools.hold()`)];
    const id = turn.ask({ type: "end_session" });
    await turn.next("ok", { id });
    expect(new Map(cancelsOf(turn) as [string, string][])).toEqual(
      new Map([a.callId, b.callId].map((callId) => [callId, "shutdown"])),
    );
    expect((await turn.raw.closed).code).toBe(1000);
  });

  test("but none that was answered, and none that no host was given", async () => {
    const small = await runningGateway({ limits: { callsPerSession: 1 } });
    const turn = await CellTurn.open(small);
    const cell = await turn.startAndHold(`tools.hold(1); await tools.hold(2); ${FOREVER}`);
    turn.release(cell.callId);
    const second = await turn.next("tool_call", { input: 2 });
    const waiting = await turn.start(`await tools.hold(3)`, { yieldMs: null });
    const terminate = turn.terminate(waiting.cellId);
    await turn.next("terminated", { id: terminate });
    const last = turn.terminate(cell.cellId);
    await turn.next("terminated", { id: last });
    expect(cancelsOf(turn)).toEqual([[second.callId, "terminated"]]);
    expect(turn.raw.tags.filter((tag) => tag === "tool_call")).toHaveLength(2);
  });
});

describe("T7: the SDK aborts the signal of the handler", () => {
  /** A tool that answers only when its signal is aborted, too late, and the reasons that it was given. */
  function hangingTool(timeoutMs?: number) {
    const called = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const tools: Tools = {
      hang: {
        description: "",
        timeoutMs,
        run: (_, { signal }) =>
          new Promise((resolve) => {
            expect(signal.aborted).toBe(false);
            called.resolve();
            signal.addEventListener("abort", () => {
              aborted.resolve(signal.reason);
              resolve("late");
            });
          }),
      },
      [hold.name]: { ...hold, run: () => "done" },
    };
    return { tools, called: called.promise, reason: aborted.promise };
  }

  const cancelled = (code: string) => ({ name: "ToolCancelledError", code, retryable: false });

  test("with the reason terminated", async () => {
    const { tools, called, reason } = hangingTool();
    const turn = await sdkTurn(gateway(), { tools });
    const outcome = turn.execute(`await tools.hang()`, { yieldMs: null });
    await called;
    const [cell] = await turn.listCells();
    expect((await turn.terminate(cell!.cellId)).type).toBe("terminated");
    expect((await outcome).type).toBe("terminated");
    expect(await reason).toBeInstanceOf(ToolCancelledError);
    expect(await reason).toMatchObject(cancelled("terminated"));
  });

  test("with the reason ended", async () => {
    const { tools, reason } = hangingTool();
    const turn = await sdkTurn(gateway(), { tools });
    await turn.run(`tools.hang(); await tools.hold(); text(1)`);
    expect(await reason).toMatchObject(cancelled("ended"));
  });

  test("with the reason timeout, and the cell goes on without the late answer", async () => {
    const { tools, reason } = hangingTool(50);
    const turn = await sdkTurn(gateway(), { tools });
    const outcome = await turn.run(`await tools.hang().catch((error) => text(error.code)); text(await tools.hold())`);
    expect(textsOf(outcome.content)).toEqual(["tool_timeout", "done"]);
    expect(await reason).toMatchObject(cancelled("timeout"));
  });

  test("with the reason shutdown", async () => {
    const { tools, called, reason } = hangingTool();
    const turn = await sdkTurn(gateway(), { tools });
    const outcome = turn.execute(`await tools.hang()`, { yieldMs: null });
    await called;
    await turn.endSession();
    expect(await reason).toMatchObject(cancelled("shutdown"));
    expect((await outcome).type).toBe("terminated");
  });

  test("with a ConnectionError when the turn is over", async () => {
    const { tools, called, reason } = hangingTool();
    const turn = await sdkTurn(gateway(), { tools });
    const outcome = turn.execute(`await tools.hang()`, { yieldMs: null });
    await called;
    await Promise.all([expect(outcome).rejects.toMatchObject({ name: "ConnectionError" }), turn.close()]);
    expect(await reason).toMatchObject({ name: "ConnectionError", closeCode: 1000 });
  });

  test("with a ConnectionError when a newer host took over", async () => {
    const { tools, called, reason } = hangingTool();
    const turn = await sdkTurn(gateway(), { tools });
    const outcome = turn.execute(`await tools.hang()`, { yieldMs: null });
    await called;
    await Promise.all([
      expect(outcome).rejects.toMatchObject({ name: "ConnectionError", code: "taken_over", retryable: false }),
      sdkTurn(gateway(), { session: turn.session }),
    ]);
    expect(await reason).toMatchObject({ name: "ConnectionError", code: "taken_over", closeCode: 4409 });
  });

  test("but not of one that has answered", async () => {
    const signals: AbortSignal[] = [];
    const run = (_: unknown, { signal }: { signal: AbortSignal }) => void signals.push(signal);
    const turn = await sdkTurn(gateway(), { tools: { done: { description: "", run } } });
    await turn.run(`await tools.done()`);
    await turn.endSession();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});
