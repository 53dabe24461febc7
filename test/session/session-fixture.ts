import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { ExecuteFrame } from "../../src/protocol/client-frames.ts";
import type { RequestFailure } from "../../src/session/request-failure.ts";
import { Session } from "../../src/session/session.ts";
import type { Waiter } from "../../src/session/waiter.ts";
import { ToolSet } from "../../src/tools/tool-set.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type FakeCell, FakeExecutor } from "../support/fake-executor.ts";
import { RecordingObserver } from "../support/recording-observer.ts";
import { RecordingHost } from "./recording-host.ts";
import { RecordingWaiter } from "./recording-waiter.ts";

/** A session whose cells are fakes and whose time stands still, without a host. */
export function openSession(limits: Partial<Limits> = {}) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const observer = new RecordingObserver();
  /** Places among all live cells of the gateway. */
  const places = { taken: 0, max: 10_000 };
  const session = new Session("s", {
    limits: { ...defaultLimits, ...limits },
    clock,
    executor,
    observer,
    retryAfterMs: () => undefined,
    admitCell: () => places.taken < places.max && (places.taken += 1) > 0,
    releaseCell: () => (places.taken -= 1),
  });

  /** Attaches a host that declares these tools. */
  function attach(...tools: string[]): RecordingHost {
    const host = new RecordingHost(...tools);
    session.openTurn();
    session.serve(host);
    return host;
  }

  /** Starts a cell with the tools of `host`. It is queued until it is told that it started. */
  function execute(request: Partial<ExecuteFrame> = {}, { tools }: { tools: ToolSet } = noHost): FakeCell {
    const cellId = session.execute({ type: "execute", id: 1, source: "code", ...request }, tools);
    return executor.cell(cellId);
  }

  /** As {@link execute}, and the cell runs. */
  const run = (request: Partial<ExecuteFrame> = {}, host?: { tools: ToolSet }) => execute(request, host).started();

  function wait({ cellId }: { cellId: string }, rest: Partial<Waiter> = {}): RecordingWaiter {
    const waiter = new RecordingWaiter(rest);
    session.wait(cellId, waiter);
    return waiter;
  }

  function terminate({ cellId }: { cellId: string }, rest: Partial<Waiter> = {}): RecordingWaiter {
    const waiter = new RecordingWaiter(rest);
    session.terminate(cellId, waiter);
    return waiter;
  }

  return { session, clock, executor, places, observer, attach, execute, run, wait, terminate };
}

const noHost = { tools: new ToolSet([]) };

/** What `request` was refused with. */
export function refusalOf(request: () => void): RequestFailure {
  try {
    request();
  } catch (failure) {
    return failure as RequestFailure;
  }
  throw new Error("expected a refusal");
}
