import { describe, expect, test } from "vitest";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { Session } from "../../src/session/session.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { ToolSet } from "../../src/tools/tool-set.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeExecutor } from "../support/fake-executor.ts";
import { RecordingHost } from "./recording-host.ts";
import { refusalOf } from "./session-fixture.ts";

const TTL = defaultLimits.sessionTtlMs;

function setUp(limits: Partial<Limits> = {}) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const lines: string[] = [];
  const sessions = new Sessions({ ...defaultLimits, ...limits }, clock, executor, (line) => lines.push(line));
  const open = () => {
    const opened = sessions.open();
    if (!opened) throw new Error("no session was opened");
    return opened;
  };
  const attach = (session: Session) => {
    const host = new RecordingHost();
    session.openTurn();
    session.serve(host);
    sessions.hostChanged(session);
    return host;
  };
  const detach = (session: Session, host: RecordingHost) => {
    session.detach(host);
    sessions.hostChanged(session);
  };
  /** Asks for a cell, and gives its id. */
  const accept = (session: Session) => session.execute({ type: "execute", id: 1, source: "code" }, new ToolSet([]));
  /** The same where there is a place. */
  const execute = (session: Session) => executor.cell(accept(session));
  return { clock, executor, lines, sessions, open, attach, detach, accept, execute };
}

describe("a session is found", () => {
  test("by its id and its own token", () => {
    const { open, sessions } = setUp();
    const { session, token } = open();
    expect(sessions.find(session.sessionId, token)).toBe(session);
  });

  test("by nobody who does not have its token, even if it is another session's", () => {
    const { open, sessions } = setUp();
    const [{ session, token }, other] = [open(), open()];
    for (const wrong of [other.token, "", token.slice(1), `${token} `, token.toUpperCase()]) {
      expect(sessions.find(session.sessionId, wrong)).toBe("forbidden");
    }
  });

  test("under an id and a token that cannot be guessed from another's", () => {
    const { open } = setUp();
    const opened = Array.from({ length: 100 }, open);
    expect(new Set(opened.map(({ session }) => session.sessionId)).size).toBe(100);
    expect(new Set(opened.map(({ token }) => token)).size).toBe(100);
    for (const { token } of opened) expect(token).toMatch(/^[\w-]{32}$/);
  });

  test("by no other id", () => {
    const { open, sessions } = setUp();
    expect(sessions.find("x", open().token)).toBe("unknown_session");
  });
});

describe("a session without a host", () => {
  test("expires after its time, and is remembered as expired", () => {
    const { attach, clock, detach, open, sessions } = setUp();
    const { session, token } = open();
    const host = attach(session);
    clock.advance(10 * TTL);
    detach(session, host);
    clock.advance(TTL - 1);
    expect(sessions.find(session.sessionId, token)).toBe(session);
    clock.advance(1);
    expect(sessions.find(session.sessionId, token)).toBe("expired_session");
    expect(sessions.find(session.sessionId, "wrong")).toBe("expired_session");
  });

  test("lives on if one attaches in time, and its time is counted anew", () => {
    const { attach, clock, detach, open, sessions } = setUp();
    const { session, token } = open();
    for (let round = 0; round < 3; round++) {
      detach(session, attach(session));
      clock.advance(TTL - 1);
    }
    expect(sessions.find(session.sessionId, token)).toBe(session);
  });

  test("does not expire when an older host goes after a newer one came", () => {
    const { attach, clock, detach, open, sessions } = setUp();
    const { session, token } = open();
    const older = attach(session);
    attach(session);
    detach(session, older);
    clock.advance(10 * TTL);
    expect(sessions.find(session.sessionId, token)).toBe(session);
  });

  test("stops its cells when it expires, and cannot be attached to while they go", () => {
    const { attach, clock, detach, execute, open, sessions } = setUp();
    const { session, token } = open();
    const host = attach(session);
    const cell = execute(session);
    detach(session, host);
    clock.advance(TTL);
    expect(cell.terminations).toBe(1);
    expect(sessions.find(session.sessionId, token)).toBe("expired_session");
    sessions.hostChanged(session);
    cell.end({ how: "terminated" });
    clock.advance(10 * TTL);
  });
});

describe("the end of a session", () => {
  test("is told when its cells are gone, and it is remembered as expired", () => {
    const { attach, clock, execute, open, sessions } = setUp();
    const { session, token } = open();
    attach(session);
    const cell = execute(session);
    let ended = false;
    sessions.end(session, () => (ended = true));
    expect([ended, sessions.find(session.sessionId, token)]).toEqual([false, "expired_session"]);
    cell.end({ how: "terminated" });
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("is remembered for the latest thousand of them", () => {
    const { open, sessions } = setUp();
    const ended = Array.from({ length: 1_001 }, () => {
      const { session, token } = open();
      sessions.end(session);
      return sessions.find.bind(sessions, session.sessionId, token);
    });
    expect(ended[0]?.()).toBe("unknown_session");
    expect(ended[1]?.()).toBe("expired_session");
  });

  test("of one that had no host yet leaves no timer behind", () => {
    const { clock, open, sessions } = setUp();
    const { session } = open();
    sessions.hostChanged(session);
    sessions.end(session);
    expect(clock.pending).toBe(0);
  });
});

describe("all sessions together", () => {
  test("are at most so many; one that ended makes room", () => {
    const { open, sessions } = setUp({ sessions: 2 });
    const { session } = open();
    open();
    expect(sessions.open()).toBeUndefined();
    sessions.end(session);
    expect(sessions.open()).toBeDefined();
  });

  test("B3: run so many cells and queue so many; each refusal names the cells of its own session", () => {
    const { accept, execute, open } = setUp({ cells: 2, queuedCells: 1 });
    const [first, second, third] = [open().session, open().session, open().session];
    const cell = execute(first);
    execute(second);
    accept(second);
    const namedTo = (session: Session) => {
      const { code, cells } = refusalOf(() => accept(session));
      return [code, cells?.map(({ cellId }) => cellId)];
    };
    expect(namedTo(first)).toEqual(["too_many_cells", [cell.cellId]]);
    expect(namedTo(third)).toEqual(["too_many_cells", []]);
    cell.end();
    accept(third);
  });

  test("B3: take turns: a session with many queued cells delays another's only one by one place", () => {
    const { accept, execute, executor, open } = setUp({ cells: 1, cellsPerSession: 1_000 });
    const [first, second] = [open().session, open().session];
    execute(first);
    const many = Array.from({ length: 500 }, () => accept(first));
    const only = accept(second);
    for (let count = 0; count < 3; count++) executor.latest.end();
    expect(executor.cells.slice(1).map(({ cellId }) => cellId)).toEqual([many[0], only, many[1]]);
  });

  test("B3: pass on the places of a session that expires, and drop what it has in the queue", () => {
    const { accept, attach, clock, detach, execute, executor, open } = setUp({ cells: 1 });
    const [first, second] = [open().session, open().session];
    const host = attach(first);
    const cell = execute(first);
    accept(first);
    const waiting = accept(second);
    detach(first, host);
    clock.advance(TTL);
    cell.end({ how: "terminated" });
    expect(executor.cells.map(({ cellId }) => cellId)).toEqual([cell.cellId, waiting]);
  });

  test("C7: count and log the outcomes that were dropped unread", () => {
    const { clock, execute, lines, open } = setUp();
    const [first, second] = [execute(open().session), execute(open().session)];
    first.end();
    clock.advance(1_000);
    second.end();
    clock.advance(15 * 60_000);
    expect(lines).toEqual([
      `the outcome of cell ${first.cellId} was dropped unread (1 so far)`,
      `the outcome of cell ${second.cellId} was dropped unread (2 so far)`,
    ]);
  });
});
