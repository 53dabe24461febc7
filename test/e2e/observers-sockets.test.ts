import { describe, expect, test } from "vitest";
import type { SessionsEvent } from "../../client/index.ts";
import type { ObserverServerFrame } from "../../src/protocol/observer-frames.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { runningGateway, type TestGateway } from "../support/running-gateway.ts";
import { Heard, observing, watching } from "./sdk-observation.ts";
import { sdkTurn } from "./sdk-turn.ts";

/** A host, and an observer of its session's frames. */
async function shownFrames(gateway: TestGateway): Promise<{ host: RawTurn; observer: RawTurn }> {
  const host = await gateway.open();
  const { sessionId } = await host.hello();
  const observer = await gateway.open();
  observer.send({ type: "hello", role: "observer" });
  observer.send({ type: "watch", id: 1, topic: "session", sessionId, frames: true });
  await observer.next("ok", { id: 1 });
  return { host, observer };
}

describe("an observer that does not read", () => {
  test("loses events, of which each is counted, and slows nobody", async () => {
    const own = await runningGateway({ limits: { heldBackBytes: 64 * 1024, observedEvents: 200 } });
    const { host, observer } = await shownFrames(own);
    const frames = () => observer.frames as object[] as ObserverServerFrame[];
    const sum = (of: (frame: Extract<ObserverServerFrame, { type: "observed" }>) => number) =>
      frames().reduce((total, frame) => total + (frame.type === "observed" ? of(frame) : 0), 0);
    const seen = () => sum(({ events }) => events.filter(({ type }) => type === "frame").length);
    observer.socket.pause();
    const pings = 40_000;
    for (let sent = 0; sent < pings; sent += 1_000) {
      for (let count = 0; count < 1_000; count++) host.send({ type: "ping" });
      for (let count = 0; count < 1_000; count++) await host.next("pong");
    }
    observer.socket.resume();
    while (seen() + sum(({ dropped }) => dropped) < 2 * pings) await observer.arrival();
    expect(sum(({ dropped }) => dropped)).toBeGreaterThan(0);
    expect(seen() + sum(({ dropped }) => dropped)).toBe(2 * pings);
    host.send({ type: "ping" });
    const before = frames().length;
    while (seen() + sum(({ dropped }) => dropped) < 2 * pings + 2) await observer.arrival();
    expect(frames().slice(before)).toMatchObject([{ dropped: 0, events: [{ tag: "ping" }, { tag: "pong" }] }]);
  }, 60_000);

  test("is closed with 4431 when it reads nothing for its time, and its host is not", async () => {
    const own = await runningGateway({ limits: { stalledMs: 300 } });
    const { host, observer } = await shownFrames(own);
    observer.socket.pause();
    let id = 1;
    while (!own.log.some((line) => line.includes("code=4431"))) {
      host.send({ type: "set_tools", id, tools: [{ name: "t", description: "d".repeat(60_000) }] });
      const { seq } = await host.next("ok", { id });
      host.ack(seq);
      id += 1;
    }
    await host.settle();
    expect(host.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("an observer whose connection is lost", () => {
  test("comes back and watches anew: a gap, and then how everything stands", async () => {
    const own = await runningGateway();
    const turn = await sdkTurn(own);
    const proxy = await FaultProxy.start(own.url);
    const tokens: string[] = [];
    const observation = await observing(
      { ...own, url: proxy.url },
      {
        reconnect: { baseMs: 10, capMs: 10 },
        token: () => {
          tokens.push(own.token);
          return own.token;
        },
      },
    );
    const session = await watching(observation, turn.session.id);
    const sessions = new Heard<SessionsEvent>();
    observation.watchSessions(sessions.listener);
    await sessions.next("session");
    await session.next("snapshot");
    proxy.isDown = true;
    proxy.reset();
    await turn.run("store('k', 1)");
    proxy.isDown = false;
    await session.first((event) => event.type === "snapshot" && event.values?.k === "1");
    expect(session.events.map(({ type }) => type)).toEqual(["snapshot", "gap", "snapshot"]);
    await sessions.first((event) => event.type === "session" && event.session.cells === 1);
    expect(sessions.events.map(({ type }) => type)).toEqual(["session", "gap", "session"]);
    expect(tokens.length).toBeGreaterThan(1);
    await turn.run("text(2)");
    await session.next("cell_ended");
  });

  test("hears that a session went meanwhile", async () => {
    const own = await runningGateway();
    const turn = await sdkTurn(own);
    const proxy = await FaultProxy.start(own.url);
    const observation = await observing({ ...own, url: proxy.url }, { reconnect: { baseMs: 10, capMs: 10 } });
    const heard = await watching(observation, turn.session.id);
    await heard.next("snapshot");
    proxy.isDown = true;
    proxy.reset();
    await turn.endSession();
    proxy.isDown = false;
    expect(await heard.next("session_gone")).toMatchObject({ sessionId: turn.session.id });
    expect(heard.events.map(({ type }) => type)).toEqual(["snapshot", "gap", "session_gone"]);
  });
});

test("observers and hosts are the same to the limits of sockets", async () => {
  const own = await runningGateway({ limits: { socketsPerPrincipal: 1 } });
  await observing(own);
  await expect(RawTurn.open(own)).rejects.toThrow("429");
});

test("a gateway that goes down waits for no observer, tells it, and closes it with 1012", async () => {
  const own = await runningGateway({ limits: { drainMs: 60_000 } });
  const drained = Promise.withResolvers<object>();
  const observation = await observing(own, { onDrain: drained.resolve, reconnect: false });
  const turn = await sdkTurn(own, { reconnect: false });
  await turn.execute("for (;;);", { yieldMs: 0 });
  await turn.close();
  await own.drain();
  expect(await drained.promise).toMatchObject({ deadlineMs: expect.any(Number) });
  expect(await observation.closed).toMatchObject({ code: 1012 });
});
