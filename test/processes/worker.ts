import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type SessionAccess } from "../../client/index.ts";
import type { WorkerOptions } from "./worker-process.ts";

/** The program of a {@link WorkerProcess}. */
const { url, token, cells, sessionFile, journal } = JSON.parse(process.argv[2] ?? "") as WorkerOptions;
const step = () => process.send?.("step");

const source = (cell: number) => `
  store("ran ${cell}", (load("ran ${cell}") ?? 0) + 1);
  text("begins");
  text(await tools.work(${cell * 2}));
  text(await tools.work(${cell * 2 + 1}));
  text("ends");
`;

const turn = await connect(url, {
  token,
  session: existsSync(sessionFile) ? (JSON.parse(readFileSync(sessionFile, "utf8")) as SessionAccess) : undefined,
  tools: {
    work: {
      description: "Gives back what it was given, after a while.",
      run: async (input) => {
        step();
        await delay(Math.random() * 20);
        return input;
      },
    },
  },
});
if (!existsSync(sessionFile)) {
  // Whole or not at all: it may be killed in between.
  writeFileSync(`${sessionFile}.new`, JSON.stringify(turn.session), { mode: 0o600 });
  renameSync(`${sessionFile}.new`, sessionFile);
}
step();

const lines = existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : [];
const done = new Set(lines.map((line) => line.split(":")[0]));
const known = new Map(turn.cells.map(({ toolCallId, cellId }) => [toolCallId, cellId]));
const work = Array.from({ length: cells }, async (_, cell) => {
  const toolCallId = String(cell);
  if (done.has(toolCallId)) return;
  const cellId = known.get(toolCallId);
  const options = { yieldMs: null, toolCallId };
  const outcome = await (cellId === undefined ? turn.execute(source(cell), options) : turn.wait(cellId, options));
  appendFileSync(journal, `${cell}: ${outcome.text.replaceAll("\n", ", ")}\n`);
  step();
});
await Promise.all(work);
await turn.close();
process.exit(0);
