import { expect, test } from "vitest";
import { CellgateProcess } from "../support/cellgate-process.ts";
import { AgentProcess } from "./agent-process.ts";
import { sleepThrough } from "./sleep.ts";
import { sleepScenes } from "./sleep-scenes.ts";

const token = "a-token-of-the-test";

/** So that the sleep is noticed soon. An agent waits for a pong for ten seconds in any case. */
const flags = ["--heartbeat-ms", "300", "--pong-ms", "300"];
const floodFlags = ["--stalled-ms", "300"];

test.concurrent.each(sleepScenes)("where $name, and wakes, nothing is lost", { timeout: 60_000 }, async (scene) => {
  const result = await sleepThrough(scene, { sleepMs: 1_500, flags: scene.floods ? floodFlags : flags });
  expect(result.problems).toEqual([]);
});

test.concurrent("an agent that sleeps for longer than its session lives is told so, and nothing of it pends for ever", async ({
  expect,
  onTestFinished,
}) => {
  const gateway = new CellgateProcess(["--port=0", "--executors=1", "--session-ttl-ms=200", ...flags], {
    CELLGATE_TOKEN: token,
  });
  onTestFinished(() => void gateway.child.kill("SIGKILL"));
  const agent = await AgentProcess.start({ url: await gateway.url(), token });
  onTestFinished(() => agent.kill());
  const failed = agent.ask("run", `await tools.hold()`).catch((error: unknown) => error);
  await agent.next("called");
  process.kill(agent.pid, "SIGSTOP");
  await gateway.logged(`"ending":"terminated"`);
  process.kill(agent.pid, "SIGCONT");
  expect(await failed).toMatchObject({ name: "SessionLostError", code: "expired_session" });
  expect([...new Set(agent.states.map(({ state }) => state))]).toEqual(["connecting", "open", "lost", "closed"]);
});
