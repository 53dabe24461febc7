import { expect, test } from "vitest";
import type { LoadPlan } from "../../client/load/load-plan.ts";
import { LoadRun } from "../../client/load/load-run.ts";
import { emptyLedger } from "../../client/load/ledger.ts";
import { scriptedGateway } from "./scripted-gateway.ts";

const plan: LoadPlan = {
  sockets: 1,
  concurrency: 1,
  rampMs: 0,
  warmUpMs: 0,
  durationMs: 0,
  count: 1,
  timeoutMs: 20_000,
  seed: "x",
  workers: 1,
  speed: 1,
};

test("neither connecting nor the end of sessions counts as time in which flows ran", async () => {
  const order: string[] = [];
  const ended = Promise.withResolvers<void>();
  let confirmedAtMs = 0;
  const target = await scriptedGateway((frame, end) => {
    order.push(frame.type);
    if (frame.type === "hello") end.welcome();
    else if (frame.type === "execute") {
      const { id } = frame;
      const answer = () => end.say({ type: "result", id, cellId: "c", content: [{ type: "text", text: "x" }] });
      // Time is told in whole milliseconds.
      setTimeout(answer, 20);
    } else if (frame.type === "end_session") {
      const { id } = frame;
      void ended.promise.then(() => {
        confirmedAtMs = Date.now();
        end.say({ type: "ok", id });
      });
    }
  });
  const run = new LoadRun({
    scenario: "noop",
    plan,
    target,
    watchGateway: () => Promise.resolve({}),
    machine: { begin: () => order.push("begin"), end: () => ended.resolve() },
    onSecond: () => {},
  });
  const { startedAtMs, seconds, ledger, errors } = await run.run();
  expect(errors).toEqual([]);
  expect(ledger).toEqual({ ...emptyLedger(), asked: 2, answered: 2 });
  expect(order.slice(0, 3)).toEqual(["hello", "begin", "execute"]);
  expect(seconds).toBeGreaterThan(0.01);
  expect(startedAtMs + seconds * 1_000).toBeLessThanOrEqual(confirmedAtMs + 0.001);
});
