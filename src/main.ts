#!/usr/bin/env node
import { type Config, ConfigError, readConfig } from "./config.ts";
import { dashboardLink } from "./dashboard-link.ts";
import { createLogger } from "./gateway/json-logger.ts";
import { startGateway } from "./index.ts";
import { hasConfiguredTokens } from "./option-problems.ts";
import { helpText } from "./option-table.ts";

/** The command line: `cellgate [options]`, `cellgate load …` and `cellgate demo …`. */

const [command, ...rest] = process.argv.slice(2);
const args = process.argv.slice(2);
if (command === "load") await load(rest);
else if (command === "demo") await (await import("./demo.ts")).runDemo(rest);
else if (args.includes("--help") || args.includes("-h")) process.stdout.write(helpText());
else await serve(args);

/** Only whoever loads a gateway needs what that takes. */
async function load(args: readonly string[]): Promise<void> {
  const { runLoadCommand } = await import("../client/load/command.ts");
  process.exitCode = await runLoadCommand(args);
}

async function serve(flags: readonly string[]): Promise<void> {
  const config = configOf(flags);
  if (!config) return;
  // Whoever reads what it prints may go before it does.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const logger = createLogger(config.logLevel);
  const gateway = await startGateway({ ...config, logger }).catch((error: NodeJS.ErrnoException) => {
    const isAddress = error.syscall === "listen" || error.syscall === "getaddrinfo";
    process.stderr.write(
      `cellgate: ${isAddress ? `cannot listen on ${config.host}:${config.port}: ` : ""}${error.message}\n`,
    );
  });
  if (!gateway) {
    process.exitCode = 1;
    return;
  }
  // Configured tokens are known to whoever needs them; a made one is shown here and nowhere else.
  const token = hasConfiguredTokens(config) ? undefined : gateway.token;
  process.stdout.write(
    `cellgate is ready at ${gateway.url}${token === undefined ? "" : ` with token ${token}`}\n` +
      `Its dashboard is at ${dashboardLink(gateway.url, token)}\n`,
  );
  let stopping = false;
  const stopBy = (stop: () => Promise<void>) => () => {
    // A second signal ends it at once.
    if (stopping) process.exit(1);
    stopping = true;
    void stop().then(() => process.exit(0));
  };
  // Whoever presses Ctrl-C does not want to wait for cells.
  process.on(
    "SIGTERM",
    stopBy(() => gateway.drain()),
  );
  process.on(
    "SIGINT",
    stopBy(() => gateway.close()),
  );
  // Whoever forked it is gone, and cannot end it any more.
  process.once("disconnect", () => void gateway.close().then(() => process.exit(0)));
  // Without files it ends with its terminal, as programs do.
  const hasFiles = config.tokensFile !== undefined || config.jwksFile !== undefined;
  if (hasFiles) process.on("SIGHUP", () => void gateway.reload());
}

function configOf(flags: readonly string[]): Config | undefined {
  try {
    return readConfig(flags, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`cellgate: ${error.message}\nSee cellgate --help.\n`);
    process.exitCode = 2;
    return undefined;
  }
}
