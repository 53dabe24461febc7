import { expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, hold, textsOf } from "./cell-turn.ts";
import { releaseWithoutHost } from "./hostless-cell.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const slow = (timeoutMs: number) => ({ name: "my.slow", description: "", timeoutMs });
const CALL = `await tools.my_slow().catch((error) => text([error.tool, error.code, String(error)]))`;
const timedOut = (ms: number) =>
  JSON.stringify(["my_slow", "tool_timeout", `tool "my.slow" did not answer within ${ms} ms`]);

test("T9: a call without an answer in the tool's time rejects, and the message names the tool and the limit", async () => {
  const turn = await CellTurn.open(gateway(), { tools: [hold, slow(80)] });
  const cell = await turn.start(`${CALL}; text(await tools.hold())`, { yieldMs: null });
  const call = await turn.next("tool_call", { name: "my.slow" });
  const start = performance.now();
  expect(call.timeoutMs).toBe(80);
  const cancel = await turn.next("tool_cancel");
  expect(performance.now() - start).toBeGreaterThan(70);
  expect(cancel).toMatchObject({ callId: call.callId, reason: "timeout" });
  turn.raw.send({ type: "tool_result", callId: call.callId, value: "late" });
  const next = await turn.next("tool_call", { name: "hold" });
  turn.raw.send({ type: "tool_result", callId: next.callId, value: "next" });
  const result = await turn.next("result", { id: cell.id });
  expect(textsOf(result.content)).toEqual([timedOut(80), "next"]);
  expect(turn.raw.tags).not.toContain("error");
});

test("T9: a call that is answered in time is not cancelled, and one without a limit waits", async () => {
  const turn = await CellTurn.open(gateway(), { tools: [hold, slow(600)] });
  const cell = await turn.start(
    `const held = tools.hold(); text(await tools.my_slow()); await new Promise((resolve) => setTimeout(resolve, 700)); text(await held)`,
    { yieldMs: null },
  );
  const call = await turn.next("tool_call", { name: "my.slow" });
  turn.raw.send({ type: "tool_result", callId: call.callId, value: "in time" });
  const held = await turn.next("tool_call", { name: "hold" });
  const other = await CellTurn.open(gateway());
  await other.run(`await new Promise((resolve) => setTimeout(resolve, 750))`);
  turn.raw.send({ type: "tool_result", callId: held.callId, value: "held" });
  expect(textsOf((await turn.next("result", { id: cell.id })).content)).toEqual(["in time", "held"]);
  expect(turn.raw.tags).not.toContain("tool_cancel");
});

test("T9: the clock starts when the call is first written to a host", async () => {
  const first = await CellTurn.open(gateway(), { tools: [hold, slow(100)] });
  const cell = await first.startAndHold(`await tools.hold(); ${CALL}; text("end")`);
  // Longer than the tool's time.
  await releaseWithoutHost(gateway(), first, cell.callId);
  const second = await CellTurn.open(gateway(), { after: first, tools: [slow(5)] });
  const start = performance.now();
  const call = await second.next("tool_call");
  // It is the tool as the cell knows it.
  expect(call).toMatchObject({ name: "my.slow", timeoutMs: 100 });
  expect(call).not.toHaveProperty("attempt");
  await second.next("tool_cancel", { callId: call.callId, reason: "timeout" });
  expect(performance.now() - start).toBeGreaterThan(80);
  const wait = second.wait(cell.cellId);
  expect(textsOf((await second.next("result", { id: wait })).content)).toEqual([timedOut(100), "end"]);
});

test("T9: and is not set again by a new turn", async () => {
  const first = await CellTurn.open(gateway(), { tools: [slow(2_000)] });
  const cell = await first.start(CALL, { yieldMs: 0 });
  const call = await first.next("tool_call");
  const start = performance.now();
  await first.raw.close();
  const other = await CellTurn.open(gateway());
  await other.run(`await new Promise((resolve) => setTimeout(resolve, 1_500))`);
  const second = await CellTurn.open(gateway(), { after: first, tools: [slow(2_000)] });
  expect(await second.next("tool_call")).toMatchObject({ callId: call.callId, attempt: 2, timeoutMs: 2_000 });
  const wait = second.wait(cell.cellId);
  expect(textsOf((await second.next("result", { id: wait })).content)).toEqual([timedOut(2_000)]);
  const ms = performance.now() - start;
  expect(ms).toBeGreaterThan(1_950);
  expect(ms).toBeLessThan(3_300);
});

test("T9: it runs out without a host too", async () => {
  const first = await CellTurn.open(gateway(), { tools: [slow(60)] });
  const cell = await first.start(CALL, { yieldMs: 0 });
  await first.next("tool_call");
  await first.raw.close();
  const other = await CellTurn.open(gateway());
  await other.run(`await new Promise((resolve) => setTimeout(resolve, 200))`);
  const second = await CellTurn.open(gateway(), { after: first });
  expect(second.welcome).toMatchObject({ openCalls: [], cells: [{ state: "finished" }] });
  const wait = second.wait(cell.cellId);
  expect(textsOf((await second.next("result", { id: wait })).content)).toEqual([timedOut(60)]);
});

test("T9: calls of one tool have a clock each", async () => {
  const answered: unknown[] = [];
  const run = (input: unknown) => {
    answered.push(input);
    return input === "hang" ? new Promise(() => {}) : input;
  };
  const turn = await sdkTurn(gateway(), { tools: { work: { description: "", timeoutMs: 500, run } } });
  const outcome = await turn.run(`
    const hanging = tools.work("hang").catch((error) => error.code);
    const first = await tools.work(1);
    text([await hanging, first, await tools.work(2)]);
  `);
  expect(outcome.text).toBe('["tool_timeout",1,2]');
  expect(answered).toEqual(["hang", 1, 2]);
});
