#!/usr/bin/env node
import { type Config, ConfigError, helpText, readConfig } from "./config.ts";
import { startGateway } from "./index.ts";

/** The command line: `cellgate [options]`. */

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) process.stdout.write(helpText());
else await serve(args);

async function serve(flags: readonly string[]): Promise<void> {
  const config = configOf(flags);
  if (!config) return;
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const gateway = await startGateway({ ...config, log }).catch((error: Error) => {
    log(`cellgate: cannot listen on ${config.host}:${config.port}: ${error.message}`);
  });
  if (!gateway) {
    process.exitCode = 1;
    return;
  }
  // A configured token is known to whoever needs it; a made one is shown here and nowhere else.
  const token = config.token === undefined ? ` with token ${gateway.token}` : "";
  process.stdout.write(`cellgate is ready at ${gateway.url}${token}\n`);
  const stop = () => {
    void gateway.close().then(() => process.exit(0));
    // A second signal ends it at once.
    process.once("SIGTERM", () => process.exit(1)).once("SIGINT", () => process.exit(1));
  };
  process.once("SIGTERM", stop).once("SIGINT", stop);
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
