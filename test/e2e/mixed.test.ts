import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Turn } from "../../client/index.ts";
import { runningGateway } from "../support/running-gateway.ts";
import { printTime, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const AGENTS = 20;
const CELLS = 10;

/** A cell that does a bit of everything: it loads, calls tools side by side, yields, notifies, waits, stores. */
const source = (cell: number) => `
  const before = load("count") ?? 0;
  text("cell ${cell}");
  const sums = await Promise.all(Array.from({ length: 20 }, (_, n) => tools.add([${cell}, n])));
  yield_control();
  notify("cell ${cell} is half done");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const failure = await tools.fail().catch((error) => error.code);
  store("cell ${cell}", sums.reduce((a, b) => a + b));
  store("count", before + 1);
  text([failure, before]);
`;

/** One agent: its first cells one after another, the others side by side. Returns how it went, in texts. */
async function runAgent(turn: Turn, agent: number, calls: Set<string>) {
  const answers: string[][] = [];
  const run = async (cell: number) => {
    let outcome = await turn.execute(source(cell), { yieldMs: null, toolCallId: `${agent}.${cell}` });
    const texts = textsOf(outcome.content);
    while (outcome.type === "yielded") {
      outcome = await turn.wait(outcome.cellId, { yieldMs: cell % 2 === 0 ? 10 : null });
      texts.push(...textsOf(outcome.content));
    }
    expect(outcome.type).toBe("result");
    expect(outcome.error).toBeUndefined();
    answers[cell] = texts;
  };
  for (let cell = 0; cell < CELLS / 2; cell++) await run(cell);
  await Promise.all(Array.from({ length: CELLS / 2 }, (_, index) => run(CELLS / 2 + index)));
  return { answers, stored: await turn.storedValues(), cells: await turn.listCells(), calls: calls.size };
}

test("20 agents at once run 10 cells each, with tools, stores, yields and waits, and everything is answered once", async () => {
  const gateway = await runningGateway({ executors: 2 });
  const agents = await Promise.all(
    Array.from({ length: AGENTS }, async (_, agent) => {
      const calls = new Set<string>();
      const notified: string[] = [];
      let answered = 0;
      const turn = await sdkTurn(gateway, {
        subprotocol: agent % 2 === 0 ? "cellgate.v1.msgpack" : "cellgate.v1.json",
        tools: {
          add: {
            description: "",
            run: async ([a, b]: [number, number], { callId }) => {
              expect(calls.has(callId)).toBe(false);
              calls.add(callId);
              await delay(b % 4);
              answered += 1;
              return a + b;
            },
          },
          fail: { description: "", run: async () => Promise.reject(Object.assign(new Error("no"), { code: "E_NO" })) },
        },
        onNotify: ({ text, toolCallId }) => void notified.push(`${toolCallId}: ${text}`),
      });
      return { agent, turn, calls, notified, answeredCalls: () => answered };
    }),
  );
  const start = performance.now();
  const results = await Promise.all(agents.map(({ turn, agent, calls }) => runAgent(turn, agent, calls)));
  const ms = performance.now() - start;
  printTime(`${AGENTS} agents with ${CELLS} cells and ${CELLS * 21} calls each`, ms, 2_000);

  for (const [agent, { answers, stored, cells, calls }] of results.entries()) {
    const serial = CELLS / 2;
    // The cells that ran side by side all saw what the last of the others had stored.
    const expected = answers.map((_, cell) => [`cell ${cell}`, JSON.stringify(["E_NO", Math.min(cell, serial)])]);
    expect(answers).toEqual(expected);
    const sums = Array.from({ length: CELLS }, (_, cell) => [`cell ${cell}`, 20 * cell + 190]);
    expect(stored).toEqual({ ...Object.fromEntries(sums), count: serial + 1 });
    expect(cells).toEqual([]);
    expect(calls).toBe(CELLS * 20);
    expect(agents[agent]!.answeredCalls()).toBe(CELLS * 20);
    const notifications = Array.from({ length: CELLS }, (_, cell) => `${agent}.${cell}: cell ${cell} is half done`);
    expect(new Set(agents[agent]!.notified)).toEqual(new Set(notifications));
    expect(agents[agent]!.notified).toHaveLength(CELLS);
  }
  expect(gateway.log.filter((line) => line.includes("lost"))).toEqual([]);
});
