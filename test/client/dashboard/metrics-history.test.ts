import { expect, test } from "vitest";
import { MetricsHistory } from "../../../client/dashboard/model/metrics-history.ts";
import type { HistogramNumbers, MetricsEvent } from "../../../src/protocol/observed-events.ts";

const histogram = (count: number, ...buckets: [number, number][]): HistogramNumbers => ({ count, sumMs: 0, buckets });

const sample = (atMs: number, fields: Partial<MetricsEvent>): MetricsEvent => ({
  type: "metrics",
  atMs,
  connections: 0,
  observers: 0,
  sessions: 0,
  cellsLive: 0,
  cellsQueued: 0,
  endings: {},
  execute: histogram(0),
  queue: histogram(0),
  toolCall: histogram(0),
  executors: [],
  executorsReady: 0,
  restarts: {},
  loopLagMs: { median: 0, p99: 0, max: 0 },
  rssBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  closes: {},
  limitHits: {},
  droppedEvents: 0,
  ...fields,
});

const historyOf = (...samples: MetricsEvent[]): MetricsHistory => {
  const history = new MetricsHistory();
  for (const one of samples) history.add(one);
  return history;
};

test("Rates are those of a second, however long the seconds were", () => {
  const history = historyOf(
    sample(0, { sentBytes: 100 }),
    sample(1_000, { sentBytes: 300 }),
    sample(3_000, { sentBytes: 500 }),
  );
  expect(history.rate("sent", ({ sentBytes }) => sentBytes)).toEqual({ label: "sent", values: [null, 200, 100] });
  expect(history.times()).toEqual([0, 1, 3]);
});

test("A total that went down is taken for one that began anew", () => {
  const history = historyOf(sample(0, { sentBytes: 500 }), sample(1_000, { sentBytes: 20 }));
  expect(history.rate("sent", ({ sentBytes }) => sentBytes).values).toEqual([null, 20]);
});

test("There is a rate for each name that ever was", () => {
  const history = historyOf(sample(0, { endings: { ok: 1 } }), sample(1_000, { endings: { ok: 3, cpu_limit: 2 } }));
  expect(history.rates(({ endings }) => endings)).toEqual([
    { label: "cpu_limit", values: [null, 2] },
    { label: "ok", values: [null, 2] },
  ]);
});

test("There is a gap where what is looked at is not there", () => {
  const one = { pid: 1, role: "shared", cells: 0, rssBytes: 5 };
  const history = historyOf(sample(0, { executors: [one] }), sample(1_000, { executors: [] }));
  const memory = history.each(({ executors }) => {
    return Object.fromEntries(executors.map(({ pid, rssBytes }) => [pid, rssBytes]));
  });
  expect(memory).toEqual([{ label: "1", values: [5, null] }]);
});

test("Quantiles are those of the latest ten seconds", () => {
  const history = new MetricsHistory();
  for (let second = 0; second <= 30; second++) {
    // Until the 15th second all took up to 10 ms, and from then on between 10 and 20.
    const quick = Math.min(second, 15);
    history.add(sample(second * 1_000, { execute: histogram(second, [10, quick], [20, second]) }));
  }
  const [median] = history.quantiles(({ execute }) => execute, [0.5]);
  expect(median?.label).toBe("p50");
  expect([median?.values[0], median?.values[10], median?.values[30]]).toEqual([null, 5, 15]);
});

test("What is older than an hour is forgotten", () => {
  const history = new MetricsHistory();
  for (let second = 0; second < 10_000; second++) history.add(sample(second * 1_000, {}));
  expect(history.length).toBeLessThan(4_000);
  expect(history.latest?.atMs).toBe(9_999_000);
});
