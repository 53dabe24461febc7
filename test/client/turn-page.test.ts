import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ResumingTurn } from "./resuming-turn.ts";

let fixture: ResumingTurn;

beforeEach(() => {
  vi.useFakeTimers();
  fixture = new ResumingTurn();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a turn whose page is put aside gives its connection up at once, and goes on when the page does", async () => {
  const outcome = fixture.turn.execute("1");
  fixture.page.leave();
  expect(fixture.gateway.closedWith).toMatchObject({ code: 1001, reason: "the page was put aside" });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(fixture.dialer.dials).toEqual([]);
  expect(fixture.events.at(-1)).toMatchObject({ state: "lost", closure: { code: 1001 }, retryMs: Infinity });
  fixture.page.comeBack();
  await vi.advanceTimersByTimeAsync(0);
  fixture.resume();
  expect(fixture.turn.state).toBe("resumed");
  expect(fixture.gateway.sent).toMatchObject([{ type: "execute", id: 1 }]);
  fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [] });
  await outcome;
});

test("a turn says that there is no network, and tries at once when there is one", async () => {
  fixture.page.goOffline();
  expect(fixture.gateway.sent).toEqual([{ type: "ping" }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(fixture.events.at(-1)).toMatchObject({ state: "lost", closure: { code: 4440 }, offline: true });
  fixture.page.goOnline();
  await vi.advanceTimersByTimeAsync(0);
  fixture.resume();
  expect(fixture.events.at(-1)).toEqual({ state: "resumed", complete: true });
});

test("a turn whose network is there in spite of what the browser says goes on undisturbed", async () => {
  fixture.page.goOffline();
  fixture.gateway.deliver({ type: "pong", received: 1 });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(fixture.turn.state).toBe("open");
});

test("the page is nothing to a turn that was closed", async () => {
  const closed = fixture.turn.close();
  fixture.gateway.end(1000);
  await closed;
  fixture.page.leave();
  fixture.page.comeBack();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(fixture.events.at(-1)).toMatchObject({ state: "closed", closure: { code: 1000 } });
  expect(fixture.dialer.dials).toEqual([]);
});
