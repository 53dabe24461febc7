import { startGateway, type StartOptions } from "../../src/index.ts";
import type { GatewayReply } from "./gateway-process.ts";

/** The program of a gateway that is looked at: it says where it is, and, whenever it is asked, what it holds. */

const options = JSON.parse(process.argv[2] ?? "{}") as StartOptions;
const lost: string[] = [];
const errors: string[] = [];
const gateway = await startGateway({
  executors: 2,
  ...options,
  logger: {
    info() {},
    warn() {},
    error(fields: { readonly why?: string; readonly error?: string }, message) {
      if (fields.why !== undefined) lost.push(`${message}: ${fields.why}`);
      if (fields.error !== undefined) errors.push(`${message}: ${fields.error}`);
    },
  },
});
const reply = (message: GatewayReply) => process.send?.(message);

process.on("message", () => {
  // Twice: what the first finds to be dead may hold more, and be given back only then.
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    reply({
      type: "held",
      rss,
      heapUsed,
      executors: gateway.executorPids(),
      lost: lost.splice(0),
      errors,
    });
  });
});
process.once("SIGTERM", () => void gateway.close().then(() => process.exit(0)));
process.once("disconnect", () => process.exit(1));
reply({ type: "ready", url: gateway.url, token: gateway.token });
