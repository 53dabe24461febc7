import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { Outcome, Turn } from "../../client/index.ts";
import { textsOf } from "../e2e/cell-turn.ts";
import { sdkTurn } from "../e2e/sdk-turn.ts";
import { runningGateway } from "../support/running-gateway.ts";

const AGENTS = 8;
const KILLS = 6;

/** Stores before it puts out, so that what was heard was stored. */
const source = (cell: string) => `
  for (let i = 0; i < 4; i++) {
    store("${cell}", i);
    text(String(await tools.slow(i)));
  }
  text("${cell}");
`;

/** What {@link source} puts out, if nothing happens. */
const whole = (cell: string) => ["0", "1", "2", "3", cell];

/** Runs cells, up to four at a time, as long as it is to, and tells what became of each. */
async function runCells(turn: Turn, agent: number, goesOn: () => boolean): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const lane = async (_: unknown, lane: number) => {
    for (let count = 0; goesOn(); count++) {
      const cell = `${agent}.${lane}.${count}`;
      const outcome = await turn.run(source(cell), { toolCallId: cell });
      expect(outcomes.has(cell)).toBe(false);
      outcomes.set(cell, outcome);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return outcomes;
}

test("executors are killed under load: every cell is answered once, wholly or with executor_lost and what it had", async () => {
  const gateway = await runningGateway({ executors: 2, limits: { storedEntries: 10_000 } });
  const calls = new Set<string>();
  const slow = async (input: number, { callId }: { callId: string }) => {
    expect(calls.has(callId)).toBe(false);
    calls.add(callId);
    await delay(input * 3);
    return input;
  };
  const turns = await Promise.all(
    Array.from({ length: AGENTS }, () => sdkTurn(gateway, { tools: { slow: { description: "", run: slow } } })),
  );
  let isOver = false;
  const load = Promise.all(turns.map((turn, agent) => runCells(turn, agent, () => !isOver)));

  const killed: number[] = [];
  while (killed.length < KILLS) {
    // Those for all sessions, and those that a session that has lost one has of its own (rule B6).
    const pids = gateway.executorPids();
    const pid = pids[randomInt(pids.length)]!;
    process.kill(pid, "SIGKILL");
    killed.push(pid);
    await vi.waitFor(() => expect(gateway.executors().ended.lost).toBe(killed.length), { timeout: 10_000 });
    await vi.waitFor(() => expect(gateway.executorPids().length).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  }
  isOver = true;

  let lost = 0;
  for (const [agent, outcomes] of (await load).entries()) {
    const stored = await turns[agent]!.storedValues();
    for (const [cell, { type, content, error }] of outcomes) {
      const texts = textsOf(content);
      expect(type).toBe("result");
      expect(texts).toEqual(whole(cell).slice(0, texts.length));
      if (error) {
        lost += 1;
        expect(error).toEqual({ code: "executor_lost", message: "exec runtime ended unexpectedly" });
        // It was stored before it was put out (rule V2).
        if (texts.length > 0) expect(stored[cell]).toBeGreaterThanOrEqual(Math.min(3, texts.length - 1));
      } else {
        expect(texts).toEqual(whole(cell));
        expect(stored[cell]).toBe(3);
      }
    }
    expect(await turns[agent]!.listCells()).toEqual([]);
    expect((await turns[agent]!.run(`text("well")`)).text).toBe("well");
  }
  expect(lost).toBeGreaterThan(0);
});
