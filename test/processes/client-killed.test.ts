import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../client/index.ts";
import { textsOf } from "../e2e/cell-turn.ts";
import { runningGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { type AgentOptions, AgentProcess } from "./agent-process.ts";
import { WorkerProcess } from "./worker-process.ts";

async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const agent = await AgentProcess.start(options);
  onTestFinished(() => agent.kill());
  return agent;
}

function temporaryFile(): TemporaryFile {
  const file = new TemporaryFile();
  onTestFinished(() => file.remove());
  return file;
}

test.each([
  ["and its socket is known to be gone", true],
  ["and the new one is there at once", false],
])("a client process is killed, %s: a new one with the stored token finds everything", async (_, isNoticed) => {
  const gateway = await runningGateway();
  const options = { url: gateway.url, token: gateway.token, sessionFile: temporaryFile().path };
  const first = await startAgent(options);

  const unread = await first.ask("execute", `text("unread"); store("unread", 1)`, { yieldMs: 0, toolCallId: "unread" });
  await first.next("finished");
  const yielded = await first.ask("execute", `text("a"); yield_control(); text("b"); await tools.hold("yielded")`, {
    yieldMs: null,
    toolCallId: "yielded",
  });
  expect(textsOf(yielded.content)).toEqual(["a"]);
  const calls = [await first.next("called")];
  void first
    .ask("run", `text("x"); notify("open"); text(await tools.hold("running")); store("running", 2)`)
    .catch(() => {});
  calls.push(await first.next("called"));
  expect(calls).toMatchObject([
    { input: "yielded", attempt: 1 },
    { input: "running", attempt: 1 },
  ]);
  await first.next("notified");
  // Its answer arrived, but nobody got to say so.
  await first.askAndDie("execute", `text("answered"); store("answered", 3)`, { yieldMs: null, toolCallId: "answered" });
  if (isNoticed) await vi.waitFor(() => expect(gateway.log).toContainEqual(expect.stringMatching(/^a client is gone/)));

  const second = await startAgent(options);
  const { turn, cells } = second.welcome;
  expect(turn).toBe(2);
  expect(cells.map(({ toolCallId, state, openCalls }) => [toolCallId, state, openCalls])).toEqual([
    ["unread", "finished", 0],
    ["yielded", "running", 1],
    [undefined, "running", 1],
    ["answered", "finished", 0],
  ]);
  expect(await second.ask("storedValues")).toEqual({ unread: 1, answered: 3 });
  for (const { callId, input } of calls) {
    expect(await second.next("called")).toEqual({ type: "called", callId, input, attempt: 2 });
    second.release(callId, `released ${String(input)}`);
  }
  const outcomes = await Promise.all(cells.map(({ cellId }) => second.ask("wait", cellId, { yieldMs: null })));
  expect(outcomes.map(({ type }) => type)).toEqual(["result", "result", "result", "result"]);
  expect(outcomes[0]?.cellId).toBe(unread.cellId);
  const texts = outcomes.map(({ content }) => textsOf(content));
  expect(texts).toEqual([["unread"], ["b"], ["x", "released running"], ["answered"]]);
  expect(await second.ask("storedValues")).toEqual({ unread: 1, running: 2, answered: 3 });
  expect(await second.ask("listCells")).toEqual([]);
  expect(second.all("error")).toEqual([]);
});

test("however often the client process is killed, the next one goes on, and each cell runs once", async () => {
  const [CELLS, KILLS] = [24, 6];
  const gateway = await runningGateway({ executors: 2 });
  const [sessionFile, journal] = [temporaryFile(), temporaryFile()];
  const options = { url: gateway.url, token: gateway.token, sessionFile: sessionFile.path, journal: journal.path };
  let [started, isDone] = [0, false];
  while (!isDone) {
    started += 1;
    const worker = new WorkerProcess({ ...options, cells: CELLS });
    onTestFinished(() => worker.kill());
    // It dies as soon as it is connected, or in the midst of its work.
    isDone = await worker.killAfter(started > KILLS ? Infinity : randomInt(CELLS));
  }
  expect(started).toBeGreaterThan(KILLS / 2);

  const lines = (await readFile(journal.path, "utf8")).trim().split("\n");
  const expected = Array.from({ length: CELLS }, (_, cell) => `${cell}: begins, ${cell * 2}, ${cell * 2 + 1}, ends`);
  expect(lines.toSorted()).toEqual(expected.toSorted());
  const turn = await connect(gateway.url, {
    token: gateway.token,
    session: JSON.parse(await readFile(sessionFile.path, "utf8")),
  });
  onTestFinished(() => turn.close());
  const ran = Array.from({ length: CELLS }, (_, cell) => [`ran ${cell}`, 1]);
  expect(await turn.storedValues()).toEqual(Object.fromEntries(ran));
});
