import { describe, expect, test } from "vitest";
import { Heartbeat } from "../../src/gateway/heartbeat.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryGateway } from "./memory-gateway.ts";

/** A heartbeat of 100 ms and 40 ms, and when it pinged and gave up. */
function beating() {
  const clock = new FakeClock();
  const pings: number[] = [];
  const lost: number[] = [];
  const heartbeat = new Heartbeat({
    clock,
    intervalMs: 100,
    pongMs: 40,
    ping: () => pings.push(clock.now()),
    lost: () => lost.push(clock.now()),
  });
  return { clock, heartbeat, pings, lost };
}

describe("a heartbeat", () => {
  test("pings every interval, whatever is heard meanwhile", () => {
    const { clock, heartbeat, pings, lost } = beating();
    for (let at = 0; at < 350; at += 10) {
      heartbeat.heard();
      clock.advance(10);
    }
    expect([pings, lost]).toEqual([[100, 200, 300], []]);
  });

  test("gives up, once, when nothing was heard for the interval and the time for a pong", () => {
    const { clock, heartbeat, lost } = beating();
    clock.advance(70);
    heartbeat.heard();
    clock.advance(139);
    expect(lost).toEqual([]);
    clock.advance(1_000);
    expect(lost).toEqual([210]);
    expect(clock.pending).toBe(0);
  });

  test("that was stopped neither pings nor gives up", () => {
    const { clock, heartbeat, pings, lost } = beating();
    heartbeat.stop();
    clock.advance(1_000);
    expect([pings, lost, clock.pending]).toEqual([[], [], 0]);
  });

  test("pings and waits anew where its own timer comes too late, for this process slept", () => {
    const { clock, heartbeat, pings, lost } = beating();
    heartbeat.heard();
    clock.sleep(5_000);
    expect([pings, lost]).toEqual([[5_000], []]);
    clock.advance(139);
    expect(lost).toEqual([]);
    clock.advance(1);
    expect(lost).toEqual([5_140]);
  });
});

describe("a connection", () => {
  test("is pinged every 25 s, and lives while its pings are answered", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    const { onPing } = client.channel;
    let pings = 0;
    client.channel.onPing = () => {
      pings += 1;
      onPing();
    };
    gateway.clock.advance(100_000);
    expect([pings, client.channel.closing]).toEqual([4, undefined]);
  });

  test("lives while frames come, and is closed with 4440 when nothing comes for 35 s", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    client.channel.onPing = () => {};
    gateway.clock.advance(34_000);
    client.send({ type: "ping" });
    gateway.clock.advance(34_999);
    expect(client.channel.closing).toBeUndefined();
    gateway.clock.advance(1);
    expect(client.channel.closing).toEqual({
      code: 4440,
      reason: "nothing came for 35000 ms (heartbeatMs, pongMs)",
    });
  });
});
