import type { Turn } from "../../../client/index.ts";
import { sdkTurn } from "../../e2e/sdk-turn.ts";
import type { TestGateway } from "../../support/running-gateway.ts";

/** An agent that works on a gateway while a page looks on. */
export interface LiveAgent {
  readonly turn: Turn;
  /** The page's address of its session, or of a part of that. */
  route(part?: string): string;
  /** Answers the call of `ask_person` that waits longest, as soon as there is one. */
  answer(text: string): Promise<void>;
}

/** Connects an agent whose tools are `temperature`, which knows Oslo and Rome, and `ask_person`. */
export async function liveAgent(gateway: TestGateway, name = "forecaster"): Promise<LiveAgent> {
  const degrees = new Map([
    ["Oslo", 4],
    ["Rome", 19],
  ]);
  const questions: PromiseWithResolvers<string>[] = [];
  let asked = Promise.withResolvers<void>();
  const turn = await sdkTurn(gateway, {
    client: { name, version: "1.0.0" },
    tools: {
      temperature: {
        description: "The temperature in a city",
        run: ({ city }) => {
          if (!degrees.has(city)) throw Object.assign(new Error(`no weather in ${city}`), { code: "not_found" });
          return degrees.get(city);
        },
      },
      ask_person: {
        description: "Asks a person, who takes a while",
        run: () => {
          const question = Promise.withResolvers<string>();
          questions.push(question);
          asked.resolve();
          return question.promise;
        },
      },
    },
  });
  return {
    turn,
    route: (part = "") => `#/sessions/${turn.session.id}${part}`,
    async answer(text) {
      await asked.promise;
      questions.shift()?.resolve(text);
      if (questions.length === 0) asked = Promise.withResolvers();
    },
  };
}
