import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { runningGateway } from "../support/running-gateway.ts";
import { CellTurn, printTime } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

test("B4: while a session loops on every core, another session's cells are answered", async () => {
  const gateway = await runningGateway({ executors: Math.max(2, availableParallelism()) });
  const [busy, other] = [await CellTurn.open(gateway), await sdkTurn(gateway)];
  for (let core = 0; core < availableParallelism(); core++) {
    await busy.startAndHold(`tools.hold(); while (true) {}`, { yieldMs: 0 });
  }
  const times: number[] = [];
  for (let count = 0; count < 50; count++) {
    const start = performance.now();
    expect((await other.run("1")).error).toBeUndefined();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const medianMs = times[25] as number;
  printTime("B4: a no-op cell while another session loops on every core, median", medianMs, 100);
  expect(medianMs).toBeLessThan(500);
});
