import { readFileSync } from "node:fs";
import { trace } from "@opentelemetry/api";
import { nanoid } from "nanoid";
import { defaultExecutors } from "./config.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import type { ExecutorsStatus } from "./executor/executor-status.ts";
import { type Isolation, Pool } from "./executor/pool.ts";
import type { IsolateReuse } from "./executor/messages.ts";
import type { Jit } from "./executor/node-flags.ts";
import { Auth } from "./gateway/auth.ts";
import { EventLog } from "./gateway/event-log.ts";
import { Gateway } from "./gateway/gateway.ts";
import type { Logger } from "./gateway/logger.ts";
import { Metrics } from "./gateway/metrics.ts";
import { Observatory } from "./gateway/observatory.ts";
import { Observers } from "./gateway/observers.ts";
import { Origins } from "./gateway/origins.ts";
import type { MetricsAccess } from "./gateway/plain-http.ts";
import { StaticFiles } from "./gateway/static-files.ts";
import { Tracing } from "./gateway/tracing.ts";
import { type ChoiceName, choiceProblem } from "./option-choices.ts";
import { accessProblem, executorsProblem, isLoopback, limitProblem, limitsProblem } from "./option-problems.ts";
import { defaultLimits, type LimitName, type Limits } from "./protocol/limits.ts";
import { systemClock } from "./session/clock.ts";

export { closeCodes, type CloseCode } from "./protocol/close-codes.ts";
export { cellErrors, requestErrors, toolErrors } from "./protocol/error-codes.ts";
export type { EndReason, ExecutorRole, ExecutorsStatus, ExecutorStatus } from "./executor/executor-status.ts";
export type { IsolateReuse } from "./executor/messages.ts";
export type { Jit } from "./executor/node-flags.ts";
export type { Isolation } from "./executor/pool.ts";
export type { Logger } from "./gateway/logger.ts";
export { defaultLimits, type Limits } from "./protocol/limits.ts";

/** Options of {@link startGateway}. */
export interface StartOptions {
  /** Default: 127.0.0.1. Anything but loopback needs a `token`, a `tokensFile`, a `jwtSecret` or a `jwksFile`. */
  readonly host?: string | undefined;
  /** Default: 0, any free one. */
  readonly port?: number | undefined;
  /**
   * A token that may do everything, of the principal `default`: 16 characters or more. Default: one is made; it stands in
   * {@link RunningGateway.token}.
   */
  readonly token?: string | undefined;
  /** Path of a file with tokens by name, as README.md describes it. It is read again when it changes. Default: none. */
  readonly tokensFile?: string | undefined;
  /** Secret of JWTs that are signed by HS256: 32 bytes or more. Default: none. */
  readonly jwtSecret?: string | undefined;
  /** Path of a JSON Web Key Set with the public keys of JWTs. It is read again when it changes. Default: none. */
  readonly jwksFile?: string | undefined;
  /** What the claim `iss` of a JWT must be. Default: anything. */
  readonly jwtIssuer?: string | undefined;
  /** What the claim `aud` of a JWT must be or contain. Default: anything. */
  readonly jwtAudience?: string | undefined;
  /** Origins whose pages may connect, such as `https://app.example`; `*`: any. Default: none but the gateway's own. */
  readonly origins?: readonly string[] | undefined;
  /**
   * Who may read `/metrics`: anybody (`open`), or whoever has a token with the scope `observe` or `admin`. Default: `admin`.
   */
  readonly metrics?: MetricsAccess | undefined;
  /** Processes that run the cells of all sessions. Default: as many as there are cores, at least 2. */
  readonly executors?: number | undefined;
  /**
   * Whether later cells of a session may run in an isolate, with a fresh context, that served an earlier one. Default:
   * `session`.
   */
  readonly isolateReuse?: IsolateReuse | undefined;
  /**
   * Whether V8 compiles the code of cells. `off` takes the compilers away from whoever attacks V8; loops then take some
   * twenty times as long, and what calls tools and puts out text as long as before. Default: `on`.
   */
  readonly jit?: Jit | undefined;
  /**
   * Whether sessions share processes, or the cells of each run in a process of its own, which takes some 0.1 s to start.
   * Default: `shared`.
   */
  readonly isolation?: Isolation | undefined;
  /** Limits other than the defaults. */
  readonly limits?: Partial<Limits> | undefined;
  /** Where to log: a line for each client, turn and cell, and for what goes wrong. No token is in them. Default: nowhere. */
  readonly logger?: Logger | undefined;
}

/** A gateway that listens. */
export interface RunningGateway {
  /** Where turns connect: `ws://127.0.0.1:41234/v1/turn`. */
  readonly url: string;
  readonly token: string;
  /** Ids of the executor processes that take cells; those for all sessions come first. */
  executorPids(): number[];
  /** All executor processes, with what they do, and how many have ended, by why they did. */
  executors(): ExecutorsStatus;
  /** Reads the tokens file and the key set again. What is faulty is logged and changes nothing; nobody is disconnected. */
  reload(): Promise<void>;
  /**
   * Lets no more turns and cells start, gives running cells up to `limits.drainMs`, and closes. `close` in between closes
   * at once.
   */
  drain(): Promise<void>;
  /** Closes all turns with 1012, ends all executors, and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a gateway with its executors. Rejects where the address cannot be had, or is not loopback without a configured
 * token, where a file cannot be read, and where an option has a value that cannot be.
 */
export async function startGateway(options: StartOptions = {}): Promise<RunningGateway> {
  const { host = "127.0.0.1", port = 0, executors = defaultExecutors, isolateReuse = "session" } = options;
  const {
    tokensFile,
    jwtSecret,
    jwksFile,
    jwtIssuer,
    jwtAudience,
    origins = [],
    metrics: metricsAccess = "admin",
  } = options;
  const { isolation = "shared", jit = "on" } = options;
  if (!isNodeSupported) throw new Error(`cellgate needs Node ${OLDEST_NODE} or newer, got ${process.versions.node}`);
  const limits = checkedLimits(options.limits);
  assertInRange("executors", executors, executorsProblem(executors));
  assertChoice("metrics", metricsAccess);
  assertChoice("isolateReuse", isolateReuse);
  assertChoice("jit", jit);
  assertChoice("isolation", isolation);
  const access = { host, token: options.token, tokensFile, jwtSecret, jwksFile, jwtIssuer, jwtAudience, origins };
  const problem = accessProblem(access);
  if (problem) throw new TypeError(`${problem.option}: ${problem.expected}`);

  const token = options.token ?? nanoid(32);
  const claims = { issuer: jwtIssuer, audience: jwtAudience };
  const observer = new Observers();
  if (options.logger) observer.add(new EventLog(options.logger, systemClock));
  observer.add(new Tracing(trace.getTracer(server.name, server.version)));
  const observatory = new Observatory(systemClock);
  observer.add(observatory);
  const auth = await Auth.open({ token, tokensFile, jwtSecret, jwksFile, claims, observer });
  const settings = { limits, isolateReuse, jit };
  const onLost = (why: string) => observer.hear({ type: "executor_lost", why });
  const pool = new Pool({ executors, settings, isolation, limits, onLost });
  const metrics = new Metrics(pool);
  observer.add(metrics);
  const gateway = new Gateway({
    host,
    port,
    auth,
    origins: new Origins({ allowed: origins, isLoopback: isLoopback(host) }),
    limits,
    clock: systemClock,
    executor: pool,
    server,
    observer,
    observatory,
    metrics,
    metricsAccess,
    dashboard: new StaticFiles(dashboardFiles),
    readyExecutors: () => pool.ready,
  });
  try {
    const url = await gateway.listen();
    return {
      url,
      token,
      executorPids: () => pool.pids,
      executors: () => pool.status,
      reload: () => gateway.reload(),
      drain: () => gateway.drain(),
      close: () => gateway.close(),
    };
  } catch (error) {
    auth.close();
    metrics.stop();
    await pool.close();
    throw error;
  }
}

function checkedLimits(given: Partial<Limits> = {}): Limits {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`limits.${name}: expected the name of a limit`);
  }
  const limits: Limits = { ...defaultLimits, ...given };
  for (const name of Object.keys(defaultLimits) as LimitName[]) {
    assertInRange(`limits.${name}`, limits[name], limitProblem(name, limits[name]));
  }
  const wrong = limitsProblem(limits);
  if (wrong) assertInRange(`limits.${wrong.limit}`, limits[wrong.limit], wrong.expected);
  return limits;
}

function assertInRange(name: string, value: number, problem: string | undefined): void {
  if (problem !== undefined) throw new RangeError(`${name}: ${problem}, got ${value}`);
}

function assertChoice(name: ChoiceName, value: string): void {
  const problem = choiceProblem(name, value);
  if (problem !== undefined) throw new RangeError(`${name}: ${problem}, got ${value}`);
}

/** What isolated-vm has binaries for; an older Node could not even start an executor. */
const OLDEST_NODE = 24;
const isNodeSupported = Number.parseInt(process.versions.node, 10) >= OLDEST_NODE;

/** What `welcome.server` says. The manifest lies two folders up in the build, and one in the sources. */
const server = (() => {
  const manifest = new URL(import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json", import.meta.url);
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  return { name, version };
})();
