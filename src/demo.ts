import { once } from "node:events";
import { parseArgs } from "node:util";
import { connect, type Outcome } from "../client/index.ts";
import { dashboardLink } from "./dashboard-link.ts";
import { keepBusy } from "./demo-agents.ts";
import { countLines, largest, search } from "./demo-cells.ts";
import { fileTools } from "./demo-tools.ts";
import { type RunningGateway, startGateway } from "./index.ts";

/**
 * `cellgate demo`: an agent's turn on cellgate's own files, with a gateway started for it. `--keep` has some agents work
 * until it is interrupted, so that the dashboard has something to show; `--port` says where.
 */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { keep, port } = parseArgs({
    args: [...args],
    options: { keep: { type: "boolean" }, port: { type: "string", default: "0" } },
  }).values;
  const gateway = await startGateway({ port: Number(port) });
  console.log(`gateway at ${gateway.url}`);
  try {
    if (keep) await keepAgents(gateway);
    else await runTurn(gateway);
  } finally {
    await gateway.close();
  }
}

async function runTurn({ url, token }: RunningGateway): Promise<void> {
  await using turn = await connect(url, {
    token,
    tools: fileTools,
    onNotify: ({ text }) => console.log(`   notify: ${text}`),
  });
  print("many files in parallel", await turn.run(countLines));
  print("a later cell loads what was stored", await turn.run(largest));
  const yielded = await turn.execute(search);
  print("a cell that yields", yielded);
  print("and is waited for", await turn.wait(yielded.cellId));
  await turn.endSession();
}

function print(title: string, outcome: Outcome): void {
  console.log(`\n── ${title}: ${outcome.type}`);
  console.log(outcome.text);
  if (outcome.error) throw new Error(`the cell failed: ${outcome.error.message}`);
}

async function keepAgents({ url, token }: RunningGateway): Promise<void> {
  console.log(`dashboard at ${dashboardLink(url, token)}`);
  console.log("Agents work until you press Ctrl+C.");
  const stopping = new AbortController();
  const work = keepBusy(url, token, stopping.signal);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), work]);
  stopping.abort();
  await work;
}
