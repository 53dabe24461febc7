import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { DeclaringHost } from "../../client/index.ts";
import type { ToolCallFrame } from "../../src/protocol/server-frames.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, hold, printTime, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

/** Answers a call with its input. */
function answer(turn: CellTurn, { callId, input }: ToolCallFrame): void {
  turn.raw.send({ type: "tool_result", callId, value: input ?? null });
}

/** Waits until a cell has this many open calls, offered or not. */
async function untilOpen(turn: CellTurn, cellId: string, calls: number): Promise<void> {
  for (;;) {
    const id = turn.ask({ type: "list_cells" });
    const { cells } = await turn.next("cells", { id });
    if (cells.find((cell) => cell.cellId === cellId)?.openCalls === calls) return;
  }
}

describe("T4: calls run side by side", () => {
  test("fifty of a 20 ms tool in one Promise.all take about 20 ms", async () => {
    const turn = await sdkTurn(gateway(), { tools: { work: { description: "", run: (n) => delay(20, n) } } });
    await turn.run(`await tools.work(0)`);
    const start = performance.now();
    const outcome = await turn.run(`
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tools.work(n)));
      return answers.join();
    `);
    const ms = performance.now() - start;
    expect(outcome.text).toBe(Array.from({ length: 50 }, (_, n) => n).join());
    printTime("50 parallel calls of a 20 ms tool", ms, 25);
    expect(ms).toBeLessThan((50 * 20) / 5);
  });

  test("each is offered before the one before it is answered, and they may be answered in any order", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(
      `const calls = [0, 1, 2].map((n) => tools.hold(n).then((answer) => text(answer))); await Promise.all(calls)`,
      { yieldMs: null },
    );
    const calls = [await turn.next("tool_call"), await turn.next("tool_call"), await turn.next("tool_call")];
    expect(calls.map(({ input }) => input)).toEqual([0, 1, 2]);
    for (const index of [2, 0, 1]) answer(turn, calls[index]!);
    const result = await turn.next("result", { id: cell.id });
    expect(textsOf(result.content)).toEqual(["2", "0", "1"]);
  });
});

const THREE_THOUSAND = `
  const answers = await Promise.all(Array.from({ length: 3_000 }, (_, n) => tools.hold(n)));
  return answers.every((answer, n) => answer === n);
`;

describe("T4: a cell has at most 1,024 calls pending outside", () => {
  test("of 3,000 the others wait in the cell, in order, and take each place that gets free", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.start(THREE_THOUSAND, { yieldMs: null });
    const open: ToolCallFrame[] = [];
    for (let calls = 0; calls < 1_024; calls++) open.push(await turn.next("tool_call"));
    await untilOpen(turn, cell.cellId, 1_024);
    expect(turn.raw.tags.filter((tag) => tag === "tool_call")).toHaveLength(1_024);
    // One answer makes room for one call, whichever was answered.
    answer(turn, open.splice(500, 1)[0]!);
    open.push(await turn.next("tool_call"));
    await untilOpen(turn, cell.cellId, 1_024);
    expect(turn.raw.tags.filter((tag) => tag === "tool_call")).toHaveLength(1_025);
    for (let call = open.pop(); call; call = open.pop()) answer(turn, call);
    for (let calls = 1_025; calls < 3_000; calls++) answer(turn, await turn.next("tool_call"));
    const result = await turn.next("result", { id: cell.id });
    expect(textsOf(result.content)).toEqual(["true"]);
    const inputs = turn.raw.frames.filter((frame) => frame.type === "tool_call").map(({ input }) => input);
    expect(inputs).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  });

  test("and never more at once, however the host answers", async () => {
    let open = 0;
    let most = 0;
    const inputs: unknown[] = [];
    const host: DeclaringHost = {
      tools: [hold],
      async invokeTool({ input }) {
        inputs.push(input);
        open += 1;
        most = Math.max(most, open);
        // Some at once, some late, so that answers and calls cross.
        await delay(inputs.length % 3);
        open -= 1;
        return input;
      },
      notify() {},
    };
    const turn = await sdkTurn(gateway(), { host });
    const start = performance.now();
    expect((await turn.run(THREE_THOUSAND)).text).toBe("true");
    printTime("3,000 parallel calls", performance.now() - start, 1_000);
    expect(most).toBeLessThanOrEqual(1_024);
    expect(most).toBeGreaterThan(1);
    expect(inputs).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  });
});

describe("T4: a session offers no more than its bound", () => {
  const small = sharedGateway({ limits: { callsPerSession: 3, callsPerCell: 2 } });

  test("and the calls of all its cells wait for a place in their order", async () => {
    const turn = await CellTurn.open(small());
    const two = (name: string) => `await Promise.all([tools.hold("${name}1"), tools.hold("${name}2")])`;
    const cells = [];
    for (const name of ["a", "b", "c"]) {
      const cell = await turn.start(two(name), { yieldMs: null });
      cells.push(cell);
      await untilOpen(turn, cell.cellId, 2);
    }
    const offered = async () => (await turn.next("tool_call")).input;
    expect([await offered(), await offered(), await offered()]).toEqual(["a1", "a2", "b1"]);
    await turn.raw.settle();
    expect(turn.raw.tags.filter((tag) => tag === "tool_call")).toHaveLength(3);
    const call = (input: string) =>
      turn.raw.frames.find((frame) => frame.type === "tool_call" && frame.input === input);
    answer(turn, call("b1") as ToolCallFrame);
    expect(await offered()).toBe("b2");
    // A cell that is over leaves its places to others.
    const terminate = turn.terminate(cells[0]!.cellId);
    await turn.next("terminated", { id: terminate });
    expect([await offered(), await offered()]).toEqual(["c1", "c2"]);
    for (const input of ["b2", "c2", "c1"]) answer(turn, call(input) as ToolCallFrame);
    await turn.next("result", { id: cells[1]!.id });
    await turn.next("result", { id: cells[2]!.id });
  });

  test("and none is refused: cells with 50 calls each all get their answers, in order of sending", async () => {
    const perCell = new Map<string, unknown[]>();
    const run = (input: unknown, { cellId }: { cellId: string }) => {
      perCell.set(cellId, [...(perCell.get(cellId) ?? []), input]);
      return input;
    };
    const turn = await sdkTurn(small(), { tools: { echo: { description: "", run } } });
    const source = `return (await Promise.all(Array.from({ length: 50 }, (_, n) => tools.echo(n)))).join()`;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => turn.run(source)));
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    for (const outcome of outcomes) {
      expect(outcome.text).toBe(numbers.join());
      expect(perCell.get(outcome.cellId)).toEqual(numbers);
    }
  });
});
