import { setTimeout as pause } from "node:timers/promises";
import { connect, type Tools, type Turn } from "../../../client/index.ts";
import { chart, early, failures, hopeless, patient, primes } from "../../../src/demo-cells.ts";
import type { RunningGateway } from "../../../src/index.ts";

const weather = `const cities = ["Oslo", "Rome", "Lima", "Cairo", "Kyoto"];
const found = await Promise.all(cities.map(async (city) => [city, await tools.temperature({ city })]));
store("weather", Object.fromEntries(found));
for (const [city, degrees] of found) text(city + ": " + degrees + " °C");`;

/** Agents whose work is good to look at, the same each time. */
export class Showcase {
  /** The session that most happens in. */
  readonly sessionId: string;
  readonly #turns: readonly Turn[];
  readonly #pace: number;

  /** Connects them. A tool that takes a second takes `pace` seconds. */
  static async open(gateway: Pick<RunningGateway, "url" | "token">, pace: number): Promise<Showcase> {
    const names = ["forecaster", "librarian", "interviewer", "student"];
    const turns = names.map((name) => {
      return connect(gateway.url, {
        token: gateway.token,
        client: { name, version: "1.0.0" },
        tools: toolsOf(pace),
        onError: () => {}, // calls that are open at the end are cut short
      });
    });
    return new Showcase(await Promise.all(turns), pace);
  }

  private constructor(turns: readonly Turn[], pace: number) {
    this.#turns = turns;
    this.#pace = pace;
    this.sessionId = this.#first.session.id;
  }

  /** All that they do, but for a cell of the first that goes on waiting for a person. */
  async play(): Promise<void> {
    await Promise.all([this.#forecast(), ...this.#turns.slice(1).map((turn) => this.#study(turn))]);
    this.#run(
      this.#first,
      'notify("one question is left");\ntext(await tools.ask_person({ question: "Is it warm?" }));',
    );
    const [, librarian] = this.#turns;
    await librarian?.execute('text("nobody waits for this")', { yieldMs: 0 });
    await librarian?.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#turns.map((turn) => turn.close()));
  }

  get #first(): Turn {
    const [first] = this.#turns;
    if (!first) throw new Error("a showcase has agents");
    return first;
  }

  async #forecast(): Promise<void> {
    const turn = this.#first;
    await Promise.all([turn.run(weather), turn.run(early)]);
    const interview = turn.execute(patient, { yieldMs: 1_500 * this.#pace });
    await turn.run(primes);
    for (const failure of failures) await turn.run(failure);
    const { cellId } = await turn.execute(hopeless, { yieldMs: 800 * this.#pace });
    await turn.terminate(cellId);
    await Promise.all([turn.run(weather), turn.run(weather)]);
    await turn.wait((await interview).cellId, { yieldMs: null });
    await turn.run(chart);
  }

  async #study(turn: Turn): Promise<void> {
    for (let count = 0; count < 4; count++) await Promise.all([turn.run(weather), turn.run(failures[count % 3] ?? "")]);
  }

  /** Nobody waits for how it ends. */
  #run(turn: Turn, source: string): void {
    turn.run(source).catch(() => {});
  }
}

function toolsOf(pace: number): Tools {
  const degrees: { readonly [city: string]: number } = { Oslo: 4, Rome: 19, Lima: 22, Cairo: 31, Kyoto: 15 };
  return {
    temperature: {
      description: "The temperature in a city: { city } -> degrees Celsius",
      inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      run: async ({ city }: { city: string }, { signal }) => {
        await pause((200 + city.length * 120) * pace, undefined, { signal });
        const value = degrees[city];
        if (value === undefined)
          throw Object.assign(new Error(`there is no weather in ${city}`), { code: "not_found" });
        return value;
      },
    },
    ask_person: {
      description: "Asks a person, who takes a while to answer: { question } -> string",
      inputSchema: { type: "object", properties: { question: { type: "string" } }, required: ["question"] },
      run: async ({ question }: { question: string }, { signal }) => {
        // The last question is not answered.
        await pause(question.endsWith("warm?") ? 1e9 : 1_700 * pace, undefined, { signal });
        return `a good question: ${question}`;
      },
    },
  };
}
