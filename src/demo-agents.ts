import { setTimeout as pause } from "node:timers/promises";
import { connect, type Tools, type Turn } from "../client/index.ts";
import {
  chart,
  countLines,
  early,
  failures,
  hopeless,
  largest,
  patient,
  primes,
  search,
  weather,
} from "./demo-cells.ts";
import { fileTools } from "./demo-tools.ts";

/** Something that an agent does with its turn, until the signal is aborted. */
type Task = (turn: Turn, signal: AbortSignal) => Promise<unknown>;

/** An agent of the demonstration: what it calls itself, and what it does, over and over. */
interface Agent {
  readonly name: string;
  readonly tasks: readonly Task[];
}

/** Between 0 and twice as much, so that no two agents keep step. */
const about = (ms: number): number => Math.random() * 2 * ms;

const degrees: { readonly [city: string]: number } = { Oslo: 4, Rome: 19, Lima: 22, Cairo: 31, Kyoto: 15 };

const tools: Tools = {
  ...fileTools,
  temperature: {
    description: "The temperature in a city: { city } -> degrees Celsius",
    inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    outputSchema: { type: "number" },
    run: async ({ city }: { city: string }, { signal }) => {
      await pause(about(300), undefined, { signal });
      const value = degrees[city];
      if (value === undefined) throw Object.assign(new Error(`there is no weather in ${city}`), { code: "not_found" });
      return value;
    },
  },
  ask_person: {
    description: "Asks a person, who takes a while to answer: { question } -> string",
    inputSchema: { type: "object", properties: { question: { type: "string" } }, required: ["question"] },
    outputSchema: { type: "string" },
    timeoutMs: 5_000,
    run: async ({ question }: { question: string }, { signal }) => {
      await pause(1_000 + about(2_200), undefined, { signal });
      return `a good question: ${question}`;
    },
  },
};

/** Runs a cell to its end. Nobody is there to be told how it ended: the dashboard is. */
const run =
  (source: string): Task =>
  (turn, signal) =>
    turn.run(source, { signal });

/** Runs cells side by side. */
const together =
  (...sources: readonly string[]): Task =>
  (turn, signal) =>
    Promise.all(sources.map((source) => turn.run(source, { signal })));

/** Waits for a cell whenever it yields, after having done something else. */
const inSteps =
  (source: string): Task =>
  async (turn, signal) => {
    let outcome = await turn.execute(source, { yieldMs: 1_500, signal });
    while (outcome.type === "yielded") {
      await pause(about(800), undefined, { signal });
      outcome = await turn.wait(outcome.cellId, { yieldMs: 1_500, signal });
    }
  };

/** Loses patience with a cell, and terminates it. */
const givenUp =
  (source: string): Task =>
  async (turn, signal) => {
    const outcome = await turn.execute(source, { yieldMs: 600, signal });
    if (outcome.type === "yielded") await turn.terminate(outcome.cellId);
  };

const agents: readonly Agent[] = [
  { name: "librarian", tasks: [run(countLines), run(largest), inSteps(search)] },
  { name: "forecaster", tasks: [run(weather), run(chart), together(weather, weather, chart), run(early)] },
  { name: "interviewer", tasks: [inSteps(patient), run(weather)] },
  { name: "student", tasks: [run(primes), givenUp(hopeless), ...failures.map(run), run(weather)] },
];

/** Has the agents work on the gateway until the signal is aborted. Rejects where one cannot go on. */
export async function keepBusy(url: string, token: string, signal: AbortSignal): Promise<void> {
  await Promise.all(agents.map((agent) => keepAgentBusy(agent, url, token, signal)));
}

/** How many tasks a turn has, and how many turns a session. */
const TASKS = 8;
const TURNS = 25;

async function keepAgentBusy({ name, tasks }: Agent, url: string, token: string, signal: AbortSignal): Promise<void> {
  const client = { name, version: "1.0.0" };
  while (!signal.aborted) {
    let session: Turn["session"] | undefined;
    for (let count = 0; count < TURNS && !signal.aborted; count++) {
      const turn: Turn = await connect(url, { token, client, session, tools });
      session = turn.session;
      await work(turn, tasks, signal);
      await (count === TURNS - 1 || signal.aborted ? turn.endSession() : turn.close());
    }
  }
}

async function work(turn: Turn, tasks: readonly Task[], signal: AbortSignal): Promise<void> {
  try {
    for (let count = 0; count < TASKS; count++) {
      await tasks[Math.floor(Math.random() * tasks.length)]?.(turn, signal);
      await pause(about(1_000), undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
