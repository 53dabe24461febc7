import { expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn } from "./cell-turn.ts";
import { isAlive } from "../executor/process-signs.ts";
import { UNSTOPPABLE } from "./stubborn-sources.ts";

/** The tests of the file that all this began with, under their names: `CodeModeService` of openai/codex. */
const gateway = sharedGateway();

test("synchronous_exit_returns_successfully", async () => {
  const turn = await CellTurn.open(gateway());
  const result = await turn.run(`text("before"); exit(); text("after");`);
  expect(result.content).toEqual([{ type: "text", text: "before" }]);
  expect(result.error).toBeUndefined();
});

test("v8_console_is_not_exposed_on_global_this", async () => {
  const turn = await CellTurn.open(gateway());
  const result = await turn.run(`text(String(Object.hasOwn(globalThis, "console")));`);
  expect(result.content).toEqual([{ type: "text", text: "false" }]);
  expect(result.error).toBeUndefined();
});

test("output_helpers_return_undefined", async () => {
  const turn = await CellTurn.open(gateway());
  const result = await turn.run(`
const returnsUndefined = [
  text("first"),
  image("https://example.com/image.jpg"),
  notify("ping"),
].map((value) => value === undefined);
text(JSON.stringify(returnsUndefined));
`);
  expect(result.content).toEqual([
    { type: "text", text: "first" },
    { type: "image", imageUrl: "https://example.com/image.jpg" },
    { type: "text", text: "[true,true,true]" },
  ]);
  expect(result.error).toBeUndefined();
  expect(await turn.next("notify")).toMatchObject({ cellId: result.cellId, text: "ping" });
});

// The origin fakes a runtime that takes its time. This one is real: V8 cannot interrupt the search, so the process goes.
test("terminate_waits_for_runtime_shutdown_before_responding", async () => {
  const own = await runningGateway();
  const turn = await CellTurn.open(own);
  const [pid] = own.executorPids();
  const cell = await turn.start(`yield_control(); ${UNSTOPPABLE}`, { yieldMs: 60_000 });
  expect((await turn.next("yielded", { id: cell.id })).content).toEqual([]);

  let aliveWhenAnswered: boolean | undefined;
  const id = turn.terminate(cell.cellId);
  const answered = turn.next("terminated", { id }).then((frame) => {
    aliveWhenAnswered = isAlive(pid!);
    return frame;
  });
  await turn.raw.settle();
  expect(turn.tagsOf("id", id)).toEqual([]);
  expect((await answered).content).toEqual([]);
  expect(aliveWhenAnswered).toBe(false);
});
