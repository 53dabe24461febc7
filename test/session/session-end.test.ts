import { describe, expect, test } from "vitest";
import { stopped, terminated } from "./cell-fixture.ts";
import { openSession, refusalOf } from "./session-fixture.ts";

/** A session that is being ended, with what it has said of that. */
function ending() {
  const opened = openSession();
  const host = opened.attach("t");
  const [running, queued, unread] = [opened.run({}, host), opened.execute(), opened.run()];
  unread.end();
  let ended = 0;
  const end = () => opened.session.end(() => (ended += 1));
  return { ...opened, host, running, queued, unread, end, timesEnded: () => ended };
}

describe("the end of a session", () => {
  test("T7, C13: stops its live cells, waits until they are gone, and closes every cell", () => {
    const { end, host, queued, running, timesEnded, unread, wait } = ending();
    const waiter = wait(running);
    running.call("t");
    end();
    expect([running.terminations, queued.terminations, timesEnded()]).toEqual([1, 1, 0]);
    running.end(stopped);
    expect([waiter.got, timesEnded()]).toEqual([[terminated()], 0]);
    queued.end(stopped);
    expect(timesEnded()).toBe(1);
    expect(host.log).toEqual([
      `finished ${unread.cellId} ok`,
      `call ${running.cellId}.1 1`,
      `cancel ${running.cellId}.1 shutdown`,
      `finished ${queued.cellId} not ok`,
      `closed ${running.cellId} session_ended`,
      `closed ${queued.cellId} session_ended`,
      `closed ${unread.cellId} session_ended`,
      "session ended",
    ]);
  });

  test("V2: discards the writes of the cells that it stops", () => {
    const { end, running, session } = ending();
    running.write("a", 1);
    end();
    running.end();
    expect(session.storedValues()).toEqual({});
  });

  test("without a live cell is at once", () => {
    const { session } = openSession();
    let ended = false;
    session.end(() => (ended = true));
    expect(ended).toBe(true);
  });

  test("starts no cell while it goes on, and none after it", () => {
    const { end, execute, executor, queued, running } = ending();
    end();
    expect(refusalOf(() => execute()).code).toBe("ending");
    running.end(stopped);
    queued.end(stopped);
    expect(refusalOf(() => execute()).code).toBe("ending");
    expect(executor.cells.length).toBe(3);
  });

  test("is asked for once: a second time is refused, and the first is told", () => {
    const { end, queued, running, timesEnded } = ending();
    end();
    expect(refusalOf(end).code).toBe("ending");
    running.end(stopped);
    queued.end(stopped);
    expect(refusalOf(end).code).toBe("ending");
    expect(timesEnded()).toBe(1);
  });

  test("C11: waits for a cell that is being terminated already, and its terminator is answered", () => {
    const { end, queued, running, terminate, timesEnded } = ending();
    const terminator = terminate(running);
    end();
    queued.end(stopped);
    expect(timesEnded()).toBe(0);
    running.end(stopped);
    expect([terminator.got, timesEnded()]).toEqual([[terminated()], 1]);
  });

  test("C8: after it a cell is expired, unless its outcome was taken before", () => {
    const { end, queued, running, unread, wait } = ending();
    wait(unread).acknowledge();
    end();
    running.end(stopped);
    queued.end(stopped);
    expect(wait(running).got[0]?.error?.reason).toBe("expired");
    expect(wait(unread).got[0]?.error?.reason).toBe("already_taken");
  });
});
