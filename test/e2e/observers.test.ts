import { describe, expect, onTestFinished, test } from "vitest";
import {
  connect,
  observe,
  type MetricsEvent,
  type Observation,
  type ObserveOptions,
  type SessionsEvent,
  type SessionStatus,
  type Subprotocol,
  type WatchedEvent,
} from "../../client/index.ts";
import type { ObserverServerFrame } from "../../src/protocol/observer-frames.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { RawTurn, subprotocols } from "../support/raw-turn.ts";
import { runningGateway, sharedGateway, type TestGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { sdkTurn } from "./sdk-turn.ts";

type Watched<Type> = Extract<WatchedEvent, { type: Type }>;

/** What a listener is told, for a test to wait for. */
class Heard<Event extends { readonly type: string }> {
  readonly events: Event[] = [];
  #waiting: { readonly test: (event: Event) => boolean; readonly resolve: (event: Event) => void }[] = [];

  readonly listener = (event: Event): void => {
    this.events.push(event);
    const called = this.#waiting.filter(({ test }) => test(event));
    this.#waiting = this.#waiting.filter((waiting) => !called.includes(waiting));
    for (const { resolve } of called) resolve(event);
  };

  /** The first event that passes, of those that came and those that come. */
  first(test: (event: Event) => boolean): Promise<Event> {
    const came = this.events.find(test);
    if (came) return Promise.resolve(came);
    return new Promise((resolve) => {
      this.#waiting.push({ test, resolve });
    });
  }

  /** The first event of this type. */
  async next<Type extends Event["type"]>(type: Type): Promise<Extract<Event, { type: Type }>> {
    return (await this.first((event) => event.type === type)) as Extract<Event, { type: Type }>;
  }
}

async function observing(
  { url, token }: Pick<TestGateway, "url" | "token">,
  options: Partial<ObserveOptions> = {},
): Promise<Observation> {
  const observation = await observe(url, { token, ...options });
  onTestFinished(() => observation.close());
  return observation;
}

/** Watches a session from now on. */
async function watching(observation: Observation, sessionId: string, options = {}): Promise<Heard<WatchedEvent>> {
  const heard = new Heard<WatchedEvent>();
  await observation.watchSession(sessionId, options, heard.listener).started;
  return heard;
}

const gateway = sharedGateway();

describe.each<Subprotocol>(["cellgate.v1.msgpack", "cellgate.v1.json"])("an observer over %s", (subprotocol) => {
  test("sees how a session stands and all that happens in it, with its frames", async () => {
    const observation = await observing(gateway(), { subprotocol });
    const turn = await sdkTurn(gateway(), { tools: { add: { description: "", run: ({ a }) => a + 1 } } });
    const heard = await watching(observation, turn.session.id, { frames: true });
    const outcome = await turn.run("store('k', [1]); text(await tools.add({ a: 1 }))", { toolCallId: "call-7" });
    await heard.first((event) => event.type === "frame" && event.tag === "cell_closed");
    const told = heard.events.map((event) =>
      event.type === "frame" ? `${event.direction} ${event.decode()?.type}` : event.type,
    );
    // When what is acknowledged is a matter of milliseconds.
    expect(told.filter((tag) => tag !== "in ack")).toEqual([
      "snapshot",
      "in execute",
      "cell_accepted",
      "out started",
      "cell_started",
      "call_made",
      "out tool_call",
      "in tool_result",
      "call_ended",
      "values",
      "out result",
      "cell_ended",
      "out cell_closed",
    ]);
    expect(await heard.next("cell_accepted")).toMatchObject({
      cellId: outcome.cellId,
      source: "store('k', [1]); text(await tools.add({ a: 1 }))",
      toolCallId: "call-7",
      tools: ["add"],
    });
    expect((await heard.next("values")).writes).toEqual({ k: "[1]" });
    expect(await heard.next("cell_ended")).toMatchObject({ ending: "ok", usage: { toolCalls: 1 } });
    const result = heard.events.find(
      (event): event is Watched<"frame"> => event.type === "frame" && event.tag === "result",
    );
    expect(result?.decode()).toMatchObject({ content: [{ type: "text", text: "2" }] });
    expect(result?.bytes).toHaveLength(result?.sizeBytes ?? 0);
  });
});

describe("all sessions", () => {
  test("are seen, each first and whenever it changes, and that they end", async () => {
    const own = await runningGateway();
    const turn = await sdkTurn(own, { client: { name: "agent", version: "2" } });
    const observation = await observing(own);
    const heard = new Heard<SessionsEvent>();
    observation.watchSessions(heard.listener);
    const { session } = await heard.next("session");
    expect(session).toMatchObject({ sessionId: turn.session.id, principal: "default", client: "agent 2", cells: 0 });
    const stands = (test: (session: SessionStatus) => boolean) =>
      heard.first((event) => event.type === "session" && test(event.session));
    const { cellId } = await turn.execute("text('left'); yield_control(); text('unread')", { yieldMs: null });
    await stands(({ unreadOutcomes }) => unreadOutcomes === 1);
    await turn.wait(cellId);
    await stands(({ unreadOutcomes, unreadBytes, cells }) => unreadOutcomes + unreadBytes === 0 && cells === 1);
    const page = await observation.listSessions();
    expect(page).toMatchObject({ sessions: [{ sessionId: turn.session.id }], total: 1, more: false });
    await turn.close();
    await stands(({ state, lastClose }) => state === "suspended" && lastClose?.code === 1000);
    await observation.endSession(turn.session.id);
    expect(await heard.next("session_gone")).toMatchObject({ sessionId: turn.session.id });
    expect(await observation.listSessions()).toEqual({ sessions: [], total: 0, more: false });
  });

  test("are listed and watched whoever's they are", async () => {
    const file = await TemporaryFile.with([
      { name: "alice", token: "the-token-of-alice" },
      { name: "bob", token: "the-token-of-bob-b" },
      { name: "eye", token: "the-token-of-eye-e", scopes: ["observe"] },
    ]);
    const own = await runningGateway({ tokensFile: file.path });
    for (const name of ["alice", "bob"]) await sdkTurn({ ...own, token: `the-token-of-${name}`.padEnd(18, "-b") });
    const observation = await observing({ ...own, token: "the-token-of-eye-e" });
    const { sessions } = await observation.listSessions();
    expect(sessions.map(({ principal }) => principal).toSorted()).toEqual(["alice", "bob"]);
    const heard = await watching(observation, sessions[0]!.sessionId);
    expect(await heard.next("snapshot")).toMatchObject({ session: { principal: sessions[0]!.principal } });
  });
});

describe("the gateway's numbers", () => {
  test("come once a second, and are those of /metrics", async () => {
    const own = await runningGateway();
    const turn = await sdkTurn(own);
    await turn.run("text(1)");
    const observation = await observing(own);
    const heard = new Heard<MetricsEvent | { type: "gap" }>();
    observation.watchMetrics(heard.listener);
    const numbers = await heard.next("metrics");
    const response = await fetch(new URL("/metrics", own.url.replace("ws", "http")), {
      headers: { authorization: `Bearer ${own.token}` },
    });
    const scraped = await response.text();
    const series = (name: string) => Number(new RegExp(`^cellgate_${name} (.*)$`, "m").exec(scraped)?.[1]);
    expect(numbers).toMatchObject({ connections: 2, observers: 1, sessions: 1, endings: { ok: 1 } });
    expect([numbers.connections, numbers.observers, numbers.sessions]).toEqual(
      ["connections", "observers", "sessions"].map(series),
    );
    expect(numbers.execute.count).toBe(series("execute_seconds_count"));
    expect(numbers.execute.sumMs).toBeCloseTo(series("execute_seconds_sum") * 1_000);
    for (const [leMs, count] of numbers.execute.buckets) {
      expect(count).toBe(series(`execute_seconds_bucket{le="${leMs / 1_000}"}`));
    }
    expect(numbers.executors.map(({ pid }) => pid)).toEqual(own.executors().processes.map(({ pid }) => pid));
    const { atMs } = await heard
      .first((event) => event.type === "metrics" && event !== numbers)
      .then((event) => event as MetricsEvent);
    expect(atMs - numbers.atMs).toBeGreaterThan(900);
  });
});

describe("who may do what", () => {
  const tokens = [
    { name: "host", token: "the-token-of-host-", scopes: ["host"] },
    { name: "eye", token: "the-token-of-eye-e", scopes: ["observe"] },
    { name: "root", token: "the-token-of-root-", scopes: ["admin"] },
  ];
  const start = async () => {
    const file = await TemporaryFile.with(tokens);
    const own = await runningGateway({ tokensFile: file.path });
    return { own, as: (name: string) => ({ ...own, token: tokens.find((token) => token.name === name)!.token }) };
  };

  test("a token that only hosts cannot observe, and one that only observes cannot host", async () => {
    const { own, as } = await start();
    await expect(observe(own.url, { token: as("host").token })).rejects.toMatchObject({
      closeCode: 4403,
      reason: "expected the scope observe or admin",
    });
    await expect(connect(own.url, { token: as("eye").token })).rejects.toMatchObject({
      closeCode: 4403,
      reason: "expected the scope host",
    });
  });

  test("an observer may end cells and sessions with the scope admin only", async () => {
    const { as } = await start();
    const turn = await sdkTurn(as("host"));
    const { cellId } = await turn.execute("await new Promise(() => setTimeout(() => {}, 1e9))", { yieldMs: 0 });
    const eye = await observing(as("eye"));
    const root = await observing(as("root"));
    expect([eye.scopes, root.scopes]).toEqual([["observe"], ["admin"]]);
    await expect(eye.terminate(turn.session.id, cellId)).rejects.toMatchObject({ code: "forbidden" });
    await expect(eye.endSession(turn.session.id)).rejects.toMatchObject({ code: "forbidden" });
    expect(await eye.listCells(turn.session.id)).toMatchObject([{ cellId }]);
    await root.terminate(turn.session.id, cellId);
    await root.endSession(turn.session.id);
    expect(await turn.closed).toMatchObject({ code: 1000, reason: "the session was ended" });
  });

  test("what an observer ends is logged, with who did", async () => {
    const { own, as } = await start();
    const turn = await sdkTurn(as("host"));
    const root = await observing(as("root"), { client: { name: "page", version: "1" } });
    await root.endSession(turn.session.id);
    expect(own.log).toContainEqual(expect.stringMatching(/^an observer watches .*principal=root client=page 1$/));
    expect(own.log).toContainEqual(
      expect.stringMatching(/^an observer ended something .*principal=root action=end_session sessionId=/),
    );
  });
});

describe("C11: a cell that an observer terminates", () => {
  test("C11: leaves its outcome to the host, unread, with its content", async () => {
    const finished = Promise.withResolvers<{ cellId: string; ok: boolean }>();
    const turn = await sdkTurn(gateway(), { onCellFinished: finished.resolve });
    const { cellId } = await turn.execute("text('so far'); yield_control(); for (;;);", { yieldMs: null });
    const observation = await observing(gateway());
    const heard = await watching(observation, turn.session.id);
    await observation.terminate(turn.session.id, cellId);
    expect(await finished.promise).toEqual({ cellId, ok: false });
    expect(await heard.next("cell_ended")).toMatchObject({ cellId, ending: "terminated" });
    const outcome = await turn.wait(cellId);
    expect([outcome.type, outcome.text]).toEqual(["terminated", ""]);
    await expect(observation.terminate(turn.session.id, cellId)).rejects.toMatchObject({ code: "unknown_cell" });
  });

  test("C11: answers the host that waits for it", async () => {
    const busy = Promise.withResolvers<string>();
    const turn = await sdkTurn(gateway(), { onNotify: ({ cellId }) => busy.resolve(cellId) });
    const running = turn.run("text('x'); notify('busy'); for (;;);");
    const observation = await observing(gateway());
    await observation.terminate(turn.session.id, await busy.promise);
    expect(await running).toMatchObject({ type: "terminated", content: [{ text: "x" }] });
  });
});

describe("no secret is observed", () => {
  /** All that an observer's socket brings, as text and as it stands. */
  test.each(subprotocols)("whatever is watched, over %s", async (subprotocol) => {
    const own = await runningGateway();
    const observer = await own.open(subprotocol);
    const messages: Buffer[] = [];
    observer.socket.on("message", (data: Buffer) => messages.push(data));
    observer.send({ type: "hello", role: "observer" });
    const first = await own.open(subprotocol);
    const { sessionId, sessionToken } = await first.hello();
    observer.send({ type: "watch", id: 1, topic: "session", sessionId, frames: true });
    observer.send({ type: "watch", id: 2, topic: "sessions" });
    observer.send({ type: "watch", id: 3, topic: "metrics" });
    observer.send({ type: "list_sessions", id: 4 });
    await observer.next("sessions" as never);
    const second = await own.open(subprotocol);
    await second.hello({ sessionId, sessionToken });
    second.send({ type: "hello", sessionId, sessionToken });
    second.sendRaw(`{"type":"hello","sessionToken":"${sessionToken}"x`);
    await second.settle();
    second.socket.terminate();
    const third = await own.open(subprotocol);
    const { turn } = await third.hello({ sessionId, sessionToken, turn: 2, lastSeq: 0 });
    third.send({ type: "end_session", id: 1 });
    for (;;) {
      const { events } = (await observer.next("observed" as never)) as { events: WatchedEvent[] };
      if (events.some(({ type }) => type === "session_gone")) break;
    }
    observer.send({ type: "ping" });
    await observer.next("pong");
    const everything = Buffer.concat(messages);
    const shown = (observer.frames as object[] as ObserverServerFrame[]).flatMap((frame) =>
      frame.type === "observed" ? frame.events : [],
    );
    const bodies = shown.map((event) =>
      event.type === "frame" && typeof event.bytes === "string" ? Buffer.from(event.bytes, "base64").toString() : "",
    );
    const tags = shown.map((event) => (event.type === "frame" ? event.tag : ""));
    expect([
      turn,
      tags.filter((tag) => tag === "hello").length,
      tags.filter((tag) => tag === "welcome").length,
    ]).toEqual([2, 2, 2]);
    for (const secret of [sessionToken, own.token, sessionToken.slice(0, 12), sessionToken.slice(-12)]) {
      expect(everything.includes(secret)).toBe(false);
      expect(bodies.some((body) => body.includes(secret))).toBe(false);
    }
  });
});

describe("an observer that does not read", () => {
  test("loses events, of which each is counted, and slows nobody", async () => {
    const own = await runningGateway({ limits: { heldBackBytes: 64 * 1024, observedEvents: 200 } });
    const host = await own.open();
    const { sessionId } = await host.hello();
    const observer = await own.open();
    observer.send({ type: "hello", role: "observer" });
    observer.send({ type: "watch", id: 1, topic: "session", sessionId, frames: true });
    await observer.next("ok", { id: 1 });
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
    const host = await own.open();
    const { sessionId } = await host.hello();
    const observer = await own.open();
    observer.send({ type: "hello", role: "observer" });
    observer.send({ type: "watch", id: 1, topic: "session", sessionId, frames: true });
    await observer.next("ok", { id: 1 });
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
