import { describe, expect, test } from "vitest";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { Session } from "../../src/session/session.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { ToolSet } from "../../src/tools/tool-set.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeExecutor } from "../support/fake-executor.ts";
import { principal } from "../support/principals.ts";
import { RecordingObserver } from "../support/recording-observer.ts";
import { RecordingHost } from "./recording-host.ts";
import { refusalOf } from "./session-fixture.ts";

const alice = principal("alice");
const bob = principal("bob");
const TTL = defaultLimits.sessionTtlMs;

function setUp(limits: Partial<Limits> = {}) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const observer = new RecordingObserver();
  const sessions = new Sessions({ ...defaultLimits, ...limits }, clock, executor, observer);
  const open = (owner = alice) => {
    const opened = sessions.open(owner);
    if (typeof opened === "string") throw new Error(`no session was opened: ${opened}`);
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
  return { clock, executor, observer, sessions, open, attach, detach, accept, execute };
}

describe("a session is found", () => {
  test("by its id and its own token", () => {
    const { open, sessions } = setUp();
    const { session, token } = open();
    expect(sessions.find(session.sessionId, token, alice)).toBe(session);
  });

  test("by nobody who does not have its token, even if it is another session's", () => {
    const { open, sessions } = setUp();
    const [{ session, token }, other] = [open(), open()];
    for (const wrong of [other.token, "", token.slice(1), `${token} `, token.toUpperCase()]) {
      expect(sessions.find(session.sessionId, wrong, alice)).toBe("forbidden");
    }
  });

  test("under an id and a token that cannot be guessed from another's", () => {
    const { open } = setUp();
    const opened = Array.from({ length: 100 }, () => open());
    expect(new Set(opened.map(({ session }) => session.sessionId)).size).toBe(100);
    expect(new Set(opened.map(({ token }) => token)).size).toBe(100);
    for (const { token } of opened) expect(token).toMatch(/^[\w-]{32}$/);
  });

  test("by no other id", () => {
    const { open, sessions } = setUp();
    expect(sessions.find("x", open().token, alice)).toBe("unknown_session");
  });
});

describe("a session belongs to the principal that opened it", () => {
  test("to any other it is unknown, with its token and without, while it lives and afterwards", () => {
    const { open, sessions } = setUp();
    const { session, token } = open(alice);
    const { sessionId } = session;
    expect([sessions.find(sessionId, token, bob), sessions.find(sessionId, "x", bob)]).toEqual([
      "unknown_session",
      "unknown_session",
    ]);
    expect(sessions.find(sessionId, token, principal("alice"))).toBe(session);
    sessions.end(session);
    expect([sessions.find(sessionId, token, bob), sessions.find(sessionId, token, alice)]).toEqual([
      "unknown_session",
      "expired_session",
    ]);
  });

  test("who has as many as it may; one that ended makes room, and others are not concerned", () => {
    const { open, sessions } = setUp({ sessionsPerPrincipal: 2 });
    const { session } = open(alice);
    open(alice);
    expect(sessions.open(alice)).toBe("sessionsPerPrincipal");
    open(bob);
    sessions.end(session);
    open(alice);
    expect(sessions.open(alice)).toBe("sessionsPerPrincipal");
  });

  test("whose name is told when a session opens or ends, or cannot be opened", () => {
    const { observer, open, sessions } = setUp({ sessionsPerPrincipal: 1, sessions: 2 });
    const { session } = open(alice);
    sessions.open(alice);
    open(bob);
    sessions.open(principal("carol"));
    sessions.end(session);
    const { sessionId } = session;
    expect(observer.events).toEqual([
      { type: "session_opened", sessionId, principal: "alice" },
      { type: "limit_hit", limit: "sessionsPerPrincipal", principal: "alice" },
      { type: "session_opened", sessionId: expect.any(String), principal: "bob" },
      { type: "limit_hit", limit: "sessions", principal: "carol" },
      { type: "session_ended", sessionId, principal: "alice" },
      { type: "session_gone", sessionId },
    ]);
  });

  test("who may have a number of its own", () => {
    const { open, sessions } = setUp({ sessionsPerPrincipal: 1 });
    const [carol, dave] = [principal("carol", { sessions: 2 }), principal("dave", { sessions: 0 })];
    open(carol);
    open(carol);
    expect([sessions.open(carol), sessions.open(dave)]).toEqual(["sessionsPerPrincipal", "sessionsPerPrincipal"]);
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
    expect(sessions.find(session.sessionId, token, alice)).toBe(session);
    clock.advance(1);
    expect(sessions.find(session.sessionId, token, alice)).toBe("expired_session");
    expect(sessions.find(session.sessionId, "wrong", alice)).toBe("expired_session");
  });

  test("lives on if one attaches in time, and its time is counted anew", () => {
    const { attach, clock, detach, open, sessions } = setUp();
    const { session, token } = open();
    for (let round = 0; round < 3; round++) {
      detach(session, attach(session));
      clock.advance(TTL - 1);
    }
    expect(sessions.find(session.sessionId, token, alice)).toBe(session);
  });

  test("does not expire when an older host goes after a newer one came", () => {
    const { attach, clock, detach, open, sessions } = setUp();
    const { session, token } = open();
    const older = attach(session);
    attach(session);
    detach(session, older);
    clock.advance(10 * TTL);
    expect(sessions.find(session.sessionId, token, alice)).toBe(session);
  });

  test("stops its cells when it expires, and cannot be attached to while they go", () => {
    const { attach, clock, detach, execute, open, sessions } = setUp();
    const { session, token } = open();
    const host = attach(session);
    const cell = execute(session);
    detach(session, host);
    clock.advance(TTL);
    expect(cell.terminations).toBe(1);
    expect(sessions.find(session.sessionId, token, alice)).toBe("expired_session");
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
    expect([ended, sessions.find(session.sessionId, token, alice)]).toEqual([false, "expired_session"]);
    cell.end({ how: "terminated" });
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("is remembered for the latest thousand of them", () => {
    const { open, sessions } = setUp();
    const ended = Array.from({ length: 1_001 }, () => {
      const { session, token } = open();
      sessions.end(session);
      return sessions.find.bind(sessions, session.sessionId, token, alice);
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
    expect(sessions.open(bob)).toBe("sessions");
    sessions.end(session);
    expect(sessions.open(bob)).toBeTypeOf("object");
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

  test("C7: tell of the outcomes that were dropped unread", () => {
    const { clock, execute, observer, open } = setUp();
    const [first, second] = [execute(open().session), execute(open().session)];
    first.end();
    clock.advance(1_000);
    second.end();
    clock.advance(15 * 60_000);
    expect(observer.all("outcome_dropped").map(({ cellId }) => cellId)).toEqual([first.cellId, second.cellId]);
  });
});
