import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Outcome, StateEvent } from "../../client/index.ts";
import { textsOf } from "../e2e/cell-turn.ts";
import { CellgateProcess } from "../support/cellgate-process.ts";
import { AgentProcess } from "./agent-process.ts";
import type { Pair, SleepScene } from "./sleep-scenes.ts";

/** How long one sleeps, and how soon that is found out. */
export interface SleepOptions {
  /** At least; it goes on until whoever is awake has found out. */
  readonly sleepMs: number;
  /** Of the gateway's command line. */
  readonly flags: readonly string[];
}

/** What came of a sleep. */
export interface SleepResult {
  readonly sleptMs: number;
  /** The states of the agent's connection. */
  readonly states: readonly StateEvent[];
  /** What is not as it should be. */
  readonly problems: readonly string[];
}

const TOKEN = "a-token-of-the-sleepers";
/** How much longer than the sleep all may take: the start, until somebody notices, and until all is answered. */
const PATIENCE_MS = 50_000;
const TICKS = 50;
const FLOOD = 120;

/** It goes on through the sleep, where its process does, and ends behind it. */
const ticking = `
  for (let i = 0; i < ${TICKS}; i++) {
    text("tick " + i); notify("tick " + i); store("ticks", i);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  text(await tools.hold("ticking"));
`;
const held = `text("before"); text(await tools.hold("held")); text("after")`;
const meanwhile = `text("asked meanwhile"); store("meanwhile", true)`;
/** By the time that it puts out something, the agent sleeps. */
const flooding = `
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  for (let i = 0; i < ${FLOOD}; i++) { text(String(i).padEnd(100_000)); await null; }
`;

/** Lets a pair of processes go through the scene in the midst of work, and looks whether anything was lost. */
export async function sleepThrough(scene: SleepScene, { sleepMs, flags }: SleepOptions): Promise<SleepResult> {
  const gateway = new CellgateProcess(["--port", "0", "--executors", "1", ...flags], { CELLGATE_TOKEN: TOKEN });
  let agent: AgentProcess | undefined;
  const work = async () => {
    agent = await AgentProcess.start({ url: await gateway.url(), token: TOKEN });
    return sleepAtWork(scene, { gateway, agent }, sleepMs);
  };
  const late = async () => {
    const limitMs = sleepMs + PATIENCE_MS;
    await delay(limitMs, undefined, { ref: false });
    const said = agent?.reports.map((report) => JSON.stringify(report)).join("\n");
    throw new Error(`not over after ${limitMs} ms; the agent said:\n${said}\nand the gateway:\n${gateway.err}`);
  };
  try {
    return await Promise.race([work(), late()]);
  } finally {
    await agent?.kill();
    gateway.child.kill("SIGKILL");
    await gateway.exited;
  }
}

async function sleepAtWork(scene: SleepScene, pair: Pair, sleepMs: number): Promise<SleepResult> {
  const { agent } = pair;
  const asked = [agent.ask("run", held), agent.ask("run", ticking)];
  const { callId } = await agent.next("called");
  await agent.next("notified");
  if (scene.floods) asked.push(agent.ask("run", flooding));
  await agent.ask("ping");

  const sleepers = scene.sleepers(pair);
  const at = performance.now();
  for (const pid of sleepers) process.kill(pid, "SIGSTOP");
  // The agent hears of these now, if it is awake.
  agent.release(callId, "released");
  const answered = Promise.all([...asked, agent.ask("run", meanwhile)]);
  // What goes wrong before they are waited for is told there.
  answered.catch(() => {});
  await Promise.all([scene.noticed(pair), delay(sleepMs)]);
  const sleptMs = performance.now() - at;
  for (const pid of sleepers.toReversed()) process.kill(pid, "SIGCONT");

  agent.release((await agent.next("called")).callId, "released");
  const outcomes = await answered;
  await agent.ask("ping");
  const problems = differences(agent, scene, outcomes);
  const left = await agent.ask("listCells");
  if (left.length > 0) problems.push(`${left.length} cells are left over`);
  const stored = await agent.ask("storedValues");
  if (!isDeepStrictEqual(stored, { ticks: TICKS - 1, meanwhile: true })) problems.push(`stored: ${show(stored)}`);
  return { sleptMs, states: agent.states, problems };
}

/** What is otherwise than if nobody had slept. */
function differences(agent: AgentProcess, scene: SleepScene, outcomes: readonly Outcome[]): string[] {
  const ticks = Array.from({ length: TICKS }, (_, index) => `tick ${index}`);
  const flood = Array.from({ length: FLOOD }, (_, index) => String(index).padEnd(100_000));
  const expected = [["before", "released", "after"], [...ticks, "released"], ["asked meanwhile"]];
  if (scene.floods) expected.splice(2, 0, flood);
  const { states } = agent;
  const pairs: [what: string, got: unknown, expected: unknown][] = [
    ["the answers", outcomes.map(({ content }) => textsOf(content)), expected],
    ["the notifications", agent.all("notified").map(({ text }) => text), ticks],
    [
      "the calls",
      agent.all("called").map(({ input, attempt }) => [input, attempt]),
      [
        ["held", 1],
        ["ticking", 1],
      ],
    ],
    ["the errors of the SDK", agent.all("error"), []],
    ["the states", [...new Set(states.map(({ state }) => state))], scene.states],
    ["gaps", states.filter((event) => event.state === "resumed" && !event.complete), []],
  ];
  return pairs
    .filter(([, got, expected]) => !isDeepStrictEqual(got, expected))
    .map(([what, got, expected]) => `${what}: expected ${show(expected)}, got ${show(got)}`);
}

const show = (value: unknown): string => JSON.stringify(value).slice(0, 300);
