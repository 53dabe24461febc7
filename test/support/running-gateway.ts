import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type RunningGateway, startGateway, type StartOptions } from "../../src/index.ts";
import { RawTurn, type Subprotocol } from "./raw-turn.ts";

/** A gateway of its own, with real executors, for a test or for a file of tests. */
export interface TestGateway extends RunningGateway {
  /** What it logged: for each line the message, and behind it the fields as `key=value`. */
  readonly log: readonly string[];
  /** A socket that has said nothing yet. It is cut with the gateway. */
  open(subprotocol?: Subprotocol): Promise<RawTurn>;
}

/**
 * Starts a gateway on a free port, with one executor unless the test wants more. It is closed when the test has ended,
 * and the test fails if it logged an internal error.
 */
export async function runningGateway(options: StartOptions = {}): Promise<TestGateway> {
  const { gateway, end } = await start(options);
  onTestFinished(end);
  return gateway;
}

/** The same for all tests of a file or of a `describe`, where it is called: gives a function that gives the gateway. */
export function sharedGateway(options: StartOptions = {}): () => TestGateway {
  let started: Awaited<ReturnType<typeof start>> | undefined;
  beforeAll(async () => {
    started = await start(options);
  });
  afterAll(() => started?.end());
  return () => {
    if (!started) throw new Error("the shared gateway is there only while tests run");
    return started.gateway;
  };
}

async function start(options: StartOptions): Promise<{ gateway: TestGateway; end: () => Promise<void> }> {
  const log: string[] = [];
  const turns = new Set<RawTurn>();
  const add = (fields: object, message: string) => {
    log.push([message, ...Object.entries(fields).map(([key, value]) => `${key}=${value}`)].join(" "));
  };
  const logger = { info: add, warn: add, error: add };
  const running = await startGateway({ executors: 1, logger, ...options });
  const gateway: TestGateway = {
    ...running,
    log,
    async open(subprotocol) {
      const turn = await RawTurn.open({ ...running, subprotocol });
      turns.add(turn);
      return turn;
    },
  };
  return {
    gateway,
    async end() {
      for (const turn of turns) turn.socket.terminate();
      await running.close();
      expect(log.filter((line) => line.startsWith("internal error"))).toEqual([]);
    },
  };
}
