import type { Scenario } from "../scenario.ts";

const NOTES = 1_000;

/** More notifications than anybody needs, none of which may be lost. */
export const notifyStorm: Scenario = {
  name: "notify-storm",
  about: `cells that push ${NOTES} notifications each, as fast as they can`,
  load: { sockets: 8 },
  flows: [
    {
      steps: [
        {
          do: "execute",
          source: `for (let note = 0; note < ${NOTES}; note++) notify("note " + note); text("pushed")`,
          yieldMs: null,
          expect: { text: "pushed", notifications: NOTES },
        },
      ],
    },
  ],
};
