import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeGateway } from "./fake-gateway.ts";
import { ResumingTurn } from "./resuming-turn.ts";

let fixture: ResumingTurn;

beforeEach(() => {
  vi.useFakeTimers();
  fixture = new ResumingTurn();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a connection that is silent", () => {
  test("is asked for a sign of life, and given up without one; the turn goes on over another", async () => {
    const outcome = fixture.turn.execute("1");
    await vi.advanceTimersByTimeAsync(25_000);
    expect(fixture.gateway.sent.slice(1)).toEqual([{ type: "ping" }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fixture.gateway.closedWith).toMatchObject({ code: 4440 });
    expect(fixture.events).toContainEqual(
      expect.objectContaining({ state: "lost", closure: expect.objectContaining({ code: 4440 }) }),
    );
    // The dead channel says its last word much later.
    const dead = fixture.gateway;
    await vi.advanceTimersByTimeAsync(100);
    fixture.resume();
    dead.end(1006);
    expect(fixture.turn.state).toBe("resumed");
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [] });
    await outcome;
  });

  test("is left alone as long as it answers", async () => {
    for (let minutes = 0; minutes < 10; minutes++) {
      await vi.advanceTimersByTimeAsync(30_000);
      fixture.gateway.deliver({ type: "pong", received: 1 });
    }
    expect(fixture.gateway.closedWith).toBeUndefined();
    expect(fixture.gateway.sent.every(({ type }) => type === "ping")).toBe(true);
  });

  test("is checked when the machine has slept", async () => {
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(fixture.gateway.sent).toEqual([{ type: "ping" }]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(fixture.gateway.closedWith).toMatchObject({ code: 4440 });
  });

  test("is not given up, nor made again, once the turn is being closed", async () => {
    await vi.advanceTimersByTimeAsync(30_000);
    await fixture.turn.close();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(fixture.gateway.closedWith).toMatchObject({ code: 1000 });
    expect(fixture.dialer.dials).toEqual([]);
  });
});

test("a turn without a reconnector ends with its connection, and sends no pings", async () => {
  const gateway = new FakeGateway();
  const turn = gateway.welcome();
  const outcome = turn.execute("1");
  await vi.advanceTimersByTimeAsync(100_000);
  expect(gateway.sent).toHaveLength(1);
  gateway.end(1006);
  await expect(outcome).rejects.toMatchObject({ code: "connection_lost", retryable: true });
  expect(turn.state).toBe("closed");
});
