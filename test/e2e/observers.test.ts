import { describe, expect, test } from "vitest";
import type { MetricsEvent, SessionsEvent, SessionStatus, Subprotocol, WatchedEvent } from "../../client/index.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { Heard, observing, watching } from "./sdk-observation.ts";
import { sdkTurn } from "./sdk-turn.ts";

type Watched<Type> = Extract<WatchedEvent, { type: Type }>;

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
