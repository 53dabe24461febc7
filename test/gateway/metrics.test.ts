import { describe, expect, onTestFinished, test } from "vitest";
import type { GatewayEvent } from "../../src/gateway/gateway-event.ts";
import type { ExecutorStatus } from "../../src/executor/executor-status.ts";
import { Metrics } from "../../src/gateway/metrics.ts";

const ended = { lost: 2, stuck: 1, memory: 0, rss: 0, deaf: 0, recycled: 5, unneeded: 0 };
const executor = { pid: 4_711, cells: 0, served: 0 };
const processes: ExecutorStatus[] = [
  { ...executor, role: "shared", rssBytes: 100 },
  { ...executor, role: "shared", rssBytes: 20 },
  { ...executor, role: "spare", rssBytes: 3 },
];

function setUp() {
  const metrics = new Metrics({ ready: 2, status: { processes, ended } });
  onTestFinished(() => metrics.stop());
  const hear = (...events: GatewayEvent[]) => events.forEach((event) => metrics.hear(event));
  /** The series whose names begin so, with their values. */
  const series = async (name: string): Promise<Record<string, number>> => {
    const lines = (await metrics.text()).split("\n").filter((line) => line.startsWith(`cellgate_${name}`));
    return Object.fromEntries(
      lines.map((line) => [line.slice("cellgate_".length, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
    );
  };
  return { hear, metrics, series };
}

const closed = (code: number): GatewayEvent => ({ type: "closed", connection: 1, principal: "a", code, reason: "" });
const cell = { cellId: "c", sessionId: "s" };

test("sockets are counted while they are open, and by close code when they are gone", async () => {
  const { hear, series } = setUp();
  const connected: GatewayEvent = { type: "connected", connection: 1, principal: "a" };
  hear(connected, connected, connected, connected, closed(1000), closed(4431), closed(3777));
  expect(await series("connections")).toEqual({ connections: 1 });
  expect(await series("closes_total")).toEqual({
    'closes_total{code="1000"}': 1,
    'closes_total{code="4431"}': 1,
    'closes_total{code="other"}': 1,
  });
});

test("turns that went on over another socket are counted, by whether with a gap", async () => {
  const { hear, series } = setUp();
  const resumed = { type: "turn_resumed", connection: 1, sessionId: "s", turn: 1, principal: "a" } as const;
  hear({ ...resumed, gap: true }, { ...resumed, gap: false }, { ...resumed, gap: false });
  expect(await series("resumes_total")).toEqual({
    'resumes_total{gap="yes"}': 1,
    'resumes_total{gap="no"}': 2,
  });
});

test("cells are counted while they live, by how they ended, and by the time that it took", async () => {
  const { hear, series } = setUp();
  hear(
    { type: "cell_accepted", ...cell, turn: 1, source: "1", tools: [] },
    { type: "cell_accepted", ...cell, turn: 1, source: "1", tools: [] },
  );
  expect(await series("cells_live")).toEqual({ cells_live: 2 });
  expect(await series("cells_queued")).toEqual({ cells_queued: 2 });
  hear({ type: "cell_started", ...cell, queuedMs: 2 });
  expect(await series("cells_queued")).toEqual({ cells_queued: 1 });
  const usage = { wallMs: 78, cpuMs: 1, toolCalls: 0 };
  hear({ type: "cell_ended", ...cell, ending: "ok", ageMs: 80, usage });
  expect(await series("cells_live")).toEqual({ cells_live: 1 });
  expect(await series("cells_queued")).toEqual({ cells_queued: 1 });
  // It never ran: it has used nothing.
  hear({ type: "cell_ended", ...cell, ending: "terminated", ageMs: 3_600_000 });
  expect(await series("cells_queued")).toEqual({ cells_queued: 0 });
  expect(await series("cells_total")).toEqual({
    'cells_total{ending="ok"}': 1,
    'cells_total{ending="terminated"}': 1,
  });
  expect(await series("execute_seconds")).toMatchObject({
    'execute_seconds_bucket{le="0.05"}': 0,
    'execute_seconds_bucket{le="0.1"}': 1,
    'execute_seconds_bucket{le="3600"}': 2,
    execute_seconds_sum: 3_600.08,
  });
  expect(await series("queue_seconds")).toMatchObject({
    'queue_seconds_bucket{le="0.001"}': 0,
    'queue_seconds_bucket{le="0.0025"}': 1,
  });
});

test("tool calls are timed by how they ended", async () => {
  const { hear, series } = setUp();
  hear({ type: "call_ended", ...cell, callId: "c.1", ending: "answered", ageMs: 20 });
  hear({ type: "call_ended", ...cell, callId: "c.2", ending: "failed", code: "the-host-chose-this", ageMs: 20 });
  expect(await series("tool_call_seconds_count")).toEqual({
    'tool_call_seconds_count{ending="answered"}': 1,
    'tool_call_seconds_count{ending="failed"}': 1,
  });
});

test("refusals, limits, lost outcomes and faults are counted", async () => {
  const { hear, series } = setUp();
  hear(
    { type: "refused", status: 401, reason: "r" },
    { type: "limit_hit", limit: "cells" },
    { type: "outcome_dropped", ...cell },
    { type: "internal_error", error: new Error("oh") },
    { type: "session_opened", sessionId: "s", principal: "a" },
    { type: "session_opened", sessionId: "t", principal: "a" },
    { type: "session_ended", sessionId: "s", principal: "a" },
  );
  expect(await series("refused_total")).toEqual({ 'refused_total{status="401"}': 1 });
  expect(await series("limit_hits_total")).toEqual({ 'limit_hits_total{limit="cells"}': 1 });
  expect(await series("outcomes_dropped_total")).toEqual({ outcomes_dropped_total: 1 });
  expect(await series("internal_errors_total")).toEqual({ internal_errors_total: 1 });
  expect(await series("sessions")).toEqual({ sessions: 1 });
});

test("executors are counted by what they are there for, with their memory, and by why they ended; none is named", async () => {
  const { metrics, series } = setUp();
  expect(await series("executors{")).toEqual({
    'executors{role="shared"}': 2,
    'executors{role="own"}': 0,
    'executors{role="spare"}': 1,
    'executors{role="draining"}': 0,
  });
  expect(await series("executor_memory_bytes")).toEqual({
    'executor_memory_bytes{role="shared"}': 120,
    'executor_memory_bytes{role="own"}': 0,
    'executor_memory_bytes{role="spare"}': 3,
    'executor_memory_bytes{role="draining"}': 0,
  });
  // Asked twice, it is the same: nothing is added up.
  for (let round = 0; round < 2; round++) {
    expect(await series("executor_restarts_total")).toEqual(
      Object.fromEntries(
        Object.entries(ended).map(([reason, count]) => [`executor_restarts_total{reason="${reason}"}`, count]),
      ),
    );
  }
  expect(await metrics.text()).not.toContain("4711");
});

test("executors, memory and the lag of the event loop are looked at when they are asked for", async () => {
  const { series } = setUp();
  expect(await series("executors_ready")).toEqual({ executors_ready: 2 });
  expect((await series("resident_memory_bytes"))["resident_memory_bytes"]).toBeGreaterThan(1e7);
  expect((await series("cpu_seconds_total"))["cpu_seconds_total"]).toBeGreaterThan(0);
  const lag = await series("event_loop_lag_seconds");
  expect(Object.keys(lag)).toHaveLength(3);
  for (const seconds of Object.values(lag)) expect(seconds).toBeGreaterThanOrEqual(0);
});

test("observers are counted, and the events that they lose", async () => {
  const { hear, series } = setUp();
  const opened = { type: "observer_opened", connection: 1, principal: "a" } as const;
  hear(opened, opened, { type: "observer_closed", connection: 1, principal: "a" });
  hear({ type: "events_dropped", connection: 1, count: 40 }, { type: "events_dropped", connection: 1, count: 2 });
  expect(await series("observers")).toEqual({ observers: 1 });
  expect(await series("observed_events_dropped_total")).toEqual({ observed_events_dropped_total: 42 });
});

test("observers see the same numbers", async () => {
  const { hear, metrics } = setUp();
  hear(
    { type: "connected", connection: 1, principal: "a" },
    { type: "connected", connection: 2, principal: "a" },
    closed(4431),
    { type: "session_opened", sessionId: "s", principal: "a" },
    { type: "cell_accepted", ...cell, turn: 1, source: "1", tools: [] },
    { type: "cell_started", ...cell, queuedMs: 2 },
    { type: "cell_ended", ...cell, ending: "wall_limit", ageMs: 80, usage: { wallMs: 1, cpuMs: 1, toolCalls: 0 } },
    { type: "call_ended", ...cell, callId: "c.1", ending: "answered", ageMs: 20 },
    { type: "call_ended", ...cell, callId: "c.2", ending: "failed", ageMs: 30 },
    { type: "limit_hit", limit: "cells" },
    { type: "observer_opened", connection: 2, principal: "a" },
    { type: "events_dropped", connection: 2, count: 3 },
  );
  const numbers = await metrics.numbers();
  expect(numbers).toMatchObject({
    connections: 1,
    observers: 1,
    sessions: 1,
    cellsLive: 0,
    cellsQueued: 0,
    endings: { wall_limit: 1 },
    executors: [
      { pid: 4_711, role: "shared", cells: 0, rssBytes: 100 },
      { role: "shared", rssBytes: 20 },
      { role: "spare", rssBytes: 3 },
    ],
    executorsReady: 2,
    restarts: ended,
    receivedBytes: 0,
    sentBytes: 0,
    closes: { 4431: 1 },
    limitHits: { cells: 1 },
    droppedEvents: 3,
  });
  const { execute, queue, toolCall } = numbers;
  expect([execute.count, execute.sumMs, queue.count, queue.sumMs, toolCall.count, toolCall.sumMs]).toEqual([
    1, 80, 1, 2, 2, 50,
  ]);
  expect(new Map(execute.buckets).get(50)).toBe(0);
  expect(new Map(execute.buckets).get(100)).toBe(1);
  expect(new Map(toolCall.buckets).get(25)).toBe(1);
  expect(new Map(toolCall.buckets).get(50)).toBe(2);
});

test("what observers see disturbs no scrape: the lag is not taken by it", async () => {
  const { metrics } = setUp();
  await metrics.numbers();
  expect(await metrics.numbers()).not.toHaveProperty("loopLagMs");
});

describe("no label has a value that a client chooses", () => {
  test("whatever the events bring", async () => {
    const { hear, metrics } = setUp();
    const chosen = "chosen-by-the-client";
    hear(
      { type: "connected", connection: 1, principal: chosen },
      { type: "closed", connection: 1, principal: chosen, code: 4999, reason: chosen },
      { type: "turn_opened", connection: 1, sessionId: chosen, turn: 1, principal: chosen, client: chosen },
      { type: "turn_ended", sessionId: chosen, turn: 1 },
      { type: "call_made", callId: chosen, cellId: chosen, sessionId: chosen, tool: chosen },
      {
        type: "call_ended",
        callId: chosen,
        cellId: chosen,
        sessionId: chosen,
        ending: "failed",
        code: chosen,
        ageMs: 1,
      },
      { type: "limit_hit", limit: "cells", sessionId: chosen, principal: chosen },
      { type: "executor_lost", why: `exit code 1: ${chosen}` },
    );
    expect(await metrics.text()).not.toContain(chosen);
  });
});
