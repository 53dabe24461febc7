import { readFileSync } from "node:fs";
import { nanoid } from "nanoid";
import { defaultExecutors, executorsProblem, expectedToken, isLoopback, isToken, limitProblem } from "./config.ts";
import type { ExecutorsStatus } from "./executor/executor-status.ts";
import { type Isolation, Pool } from "./executor/pool.ts";
import type { IsolateReuse } from "./executor/messages.ts";
import type { Jit } from "./executor/node-flags.ts";
import { Gateway } from "./gateway/gateway.ts";
import { defaultLimits, type LimitName, type Limits } from "./protocol/limits.ts";
import { systemClock } from "./session/clock.ts";

export { closeCodes, type CloseCode } from "./protocol/close-codes.ts";
export { cellErrors, requestErrors, toolErrors } from "./protocol/error-codes.ts";
export type { EndReason, ExecutorRole, ExecutorsStatus, ExecutorStatus } from "./executor/executor-status.ts";
export type { IsolateReuse } from "./executor/messages.ts";
export type { Jit } from "./executor/node-flags.ts";
export type { Isolation } from "./executor/pool.ts";
export { defaultLimits, type Limits } from "./protocol/limits.ts";

/** Options of {@link startGateway}. */
export interface StartOptions {
  /** Default: 127.0.0.1. Anything but loopback needs a `token`. */
  readonly host?: string | undefined;
  /** Default: 0, any free one. */
  readonly port?: number | undefined;
  /** What clients must show: 16 characters or more. Default: one is made; it stands in {@link RunningGateway.token}. */
  readonly token?: string | undefined;
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
  /** Hears of turns that open, lost executors, dropped outcomes and internal errors, one line each. Default: nobody does. */
  readonly log?: ((line: string) => void) | undefined;
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
  /** Closes all turns with 1012, ends all executors, and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a gateway with its executors. Rejects where the address cannot be had, or is not loopback without a token, and
 * where an option has a value that cannot be.
 */
export async function startGateway(options: StartOptions = {}): Promise<RunningGateway> {
  const { host = "127.0.0.1", port = 0, executors = defaultExecutors, isolateReuse = "session" } = options;
  const { isolation = "shared", jit = "on", log = () => {} } = options;
  if (options.token === undefined && !isLoopback(host)) {
    throw new TypeError(`host ${host}: expected a token for an address that is not loopback`);
  }
  assertOneOf("isolateReuse", isolateReuse, ["session", "never"]);
  assertOneOf("jit", jit, ["on", "off"]);
  const token = options.token ?? nanoid(32);
  if (!isToken(token)) throw new TypeError(`token: ${expectedToken}`);
  if (!isNodeSupported) throw new Error(`cellgate needs Node ${OLDEST_NODE} or newer, got ${process.versions.node}`);
  for (const name of Object.keys(options.limits ?? {})) {
    if (!Object.hasOwn(defaultLimits, name)) throw new RangeError(`limits.${name}: expected the name of a limit`);
  }
  const limits: Limits = { ...defaultLimits, ...options.limits };
  assertInRange("executors", executors, executorsProblem(executors));
  for (const name of Object.keys(defaultLimits) as LimitName[]) {
    assertInRange(`limits.${name}`, limits[name], limitProblem(name, limits[name]));
  }
  assertOneOf("isolation", isolation, ["shared", "session"]);
  const settings = { limits, isolateReuse, jit };
  const onLost = (why: string) => log(`an executor was lost: ${why}`);
  const pool = new Pool({ executors, settings, isolation, limits, onLost });
  const gateway = new Gateway({ host, port, token, limits, clock: systemClock, executor: pool, server, log });
  try {
    const url = await gateway.listen();
    return {
      url,
      token,
      executorPids: () => pool.pids,
      executors: () => pool.status,
      close: () => gateway.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function assertInRange(name: string, value: number, problem: string | undefined): void {
  if (problem !== undefined) throw new RangeError(`${name}: ${problem}, got ${value}`);
}

function assertOneOf(name: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw new RangeError(`${name}: expected ${words.join(" or ")}, got ${value}`);
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
