import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { ExecuteFrame } from "../../src/protocol/client-frames.ts";
import { LiveCells } from "../../src/session/live-cells.ts";
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
export function openSession(given: Partial<Limits> = {}) {
  const limits = { ...defaultLimits, ...given };
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const observer = new RecordingObserver();
  const session = new Session("s", {
    limits,
    clock,
    liveCells: new LiveCells(limits, executor),
    observer,
    retryAfterMs: () => undefined,
  });

  /** Attaches a host that declares these tools. */
  function attach(...tools: string[]): RecordingHost {
    const host = new RecordingHost(...tools);
    session.openTurn();
    session.serve(host);
    return host;
  }

  /** Asks for a cell with the tools of `host`: it is handed to the executor if there is a place. */
  function accept(request: Partial<ExecuteFrame> = {}, { tools }: { tools: ToolSet } = noHost): { cellId: string } {
    return { cellId: session.execute({ type: "execute", id: 1, source: "code", ...request }, tools) };
  }

  /** As {@link accept}, and there is a place. The cell is queued until it is told that it started. */
  function execute(request?: Partial<ExecuteFrame>, host?: { tools: ToolSet }): FakeCell {
    return executor.cell(accept(request, host).cellId);
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

  return { session, clock, executor, observer, attach, accept, execute, run, wait, terminate };
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
