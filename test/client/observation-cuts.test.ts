import { describe, expect, test, vi } from "vitest";
import type { WatchedEvent } from "../../client/observed.ts";
import { type FakeObservatory, gone, openObservatory, settle } from "./fake-observatory.ts";

describe("after a cut", () => {
  test("everything is watched anew, behind a gap that each listener hears of", async () => {
    const fake = openObservatory();
    const { observation } = fake;
    const heard: string[] = [];
    observation.watchSessions(({ type }) => heard.push(`sessions ${type}`));
    observation.watchSession("s", { frames: true }, ({ type }) => heard.push(`session ${type}`));
    fake.line.say({ type: "ok", id: 1 }, { type: "ok", id: 2 });
    await settle();
    await fake.cutAndConnect({ scopes: ["observe"] });
    expect(heard).toEqual(["sessions gap", "session gap"]);
    expect(fake.hellos).toEqual([{ type: "hello", role: "observer", client: { name: "eye", version: "1" } }]);
    expect(fake.line.take()).toEqual([
      { type: "watch", id: 1, topic: "sessions" },
      { type: "watch", id: 2, topic: "session", sessionId: "s", frames: true },
    ]);
    expect(observation.scopes).toEqual(["observe"]);
    fake.line.say({ type: "ok", id: 1 }, { type: "ok", id: 2 });
    fake.line.tell(1, gone("a"));
    expect(heard.at(-1)).toBe("sessions session_gone");
    expect(fake.states.map(({ state }) => state)).toEqual(["connecting", "open", "lost", "connecting", "resumed"]);
  });

  test("a watch that had not started is asked for again, once, without a gap", async () => {
    const fake = openObservatory();
    const heard: string[] = [];
    const watch = fake.observation.watchSessions(({ type }) => heard.push(type));
    await fake.cutAndConnect();
    await fake.cutAndConnect();
    expect(fake.line.sent).toEqual([{ type: "watch", id: 1, topic: "sessions" }]);
    fake.line.say({ type: "ok", id: 1 });
    await watch.started;
    expect(heard).toEqual([]);
  });

  test("that comes before a watch has begun anew, it is asked for once more", async () => {
    const fake = openObservatory();
    const heard: string[] = [];
    fake.observation.watchSessions(({ type }) => heard.push(type));
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect();
    await fake.cutAndConnect();
    expect(fake.line.sent).toEqual([{ type: "watch", id: 1, topic: "sessions" }]);
    expect(heard).toEqual(["gap"]);
  });

  test("a watch that is stopped meanwhile is not asked for again", async () => {
    const fake = openObservatory();
    const watch = fake.observation.watchSessions(() => {});
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cut();
    watch.stop();
    await fake.connect();
    expect(fake.line.sent).toEqual([{ type: "unwatch", id: 2, watchId: 1 }]);
  });

  test("the watch of a session that went meanwhile hears so, and is over", async () => {
    const fake = openObservatory();
    const heard: WatchedEvent[] = [];
    const watch = fake.observation.watchSession("s", {}, (event) => heard.push(event));
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect({ nowMs: Date.now() + 500 });
    fake.line.take();
    fake.line.say({ type: "error", id: 1, code: "unknown_session", message: "m" });
    await settle();
    expect(heard).toEqual([{ type: "gap" }, { type: "session_gone", sessionId: "s", atMs: Date.now() + 500 }]);
    watch.stop();
    expect([fake.line.sent, fake.errors]).toEqual([[], []]);
  });

  test("a watch that is refused for anything else is reported", async () => {
    const fake = openObservatory();
    fake.observation.watchSessions(() => {});
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect();
    fake.line.say({ type: "error", id: 1, code: "too_many_watches", message: "m" });
    await settle();
    expect(fake.errors).toMatchObject([{ code: "too_many_watches" }]);
  });

  test("what was asked is asked again, and what is asked meanwhile waits", async () => {
    const fake = openObservatory();
    const { observation } = fake;
    const before = observation.listCells("s");
    await fake.cut();
    const meanwhile = observation.terminate("s", "c");
    await fake.connect();
    expect(fake.line.sent).toEqual([
      { type: "list_cells", id: 1, sessionId: "s" },
      { type: "terminate", id: 2, sessionId: "s", cellId: "c" },
    ]);
    fake.line.say({ type: "cells", id: 1, cells: [] }, { type: "ok", id: 2 });
    expect(await Promise.all([before, meanwhile])).toEqual([[], undefined]);
  });

  const refusal = (id: number, code: "unknown_session" | "unknown_cell" | "forbidden") => {
    return { type: "error", id, code, message: "not found" } as const;
  };
  const refusals = [refusal(1, "unknown_session"), refusal(2, "unknown_session"), refusal(3, "unknown_cell")];

  const endings = ({ observation }: FakeObservatory) => {
    return Promise.allSettled([
      observation.endSession("s"),
      observation.terminate("s", "c"),
      observation.terminate("t", "c"),
      observation.listCells("s"),
    ]).then((settled) => settled.map(({ status }) => status));
  };

  test("what was to end and is found gone was ended by the request whose answer was lost", async () => {
    const fake = openObservatory();
    const ended = endings(fake);
    await fake.cutAndConnect();
    fake.line.say(...refusals, refusal(4, "unknown_session"));
    expect(await ended).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  });

  test("what was to end and was not asked for before is refused where it is not there", async () => {
    const fake = openObservatory();
    await fake.cut();
    const ended = endings(fake);
    await fake.connect();
    fake.line.say(...refusals, { type: "cells", id: 4, cells: [] });
    expect(await ended).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });

  test("what was to end is refused for any other cause, however often it was asked for", async () => {
    const fake = openObservatory();
    const ended = endings(fake);
    await fake.cutAndConnect({ scopes: ["observe"] });
    fake.line.say(...[1, 2, 3].map((id) => refusal(id, "forbidden")));
    fake.line.say({ type: "cells", id: 4, cells: [] });
    expect(await ended).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });

  test("it is tried for as long as it takes", async () => {
    const fake = openObservatory();
    await fake.cut();
    for (let hour = 0; hour < 24; hour++) {
      await vi.advanceTimersByTimeAsync(3_600_000);
      await fake.fail(1006);
    }
    expect(fake.observation.state).not.toBe("closed");
  });
});
