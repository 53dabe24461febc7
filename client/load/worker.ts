import { parentPort, workerData } from "node:worker_threads";
import { Fleet } from "./fleet.ts";
import { nextSecond } from "./next-second.ts";
import { loadScenario } from "./scenario-source.ts";
import { StrainMeter } from "./strain-meter.ts";
import type { WorkerOrder, WorkerReport, WorkerTask } from "./worker-messages.ts";

/** The program of a worker thread: it has a part of the sockets, and tells each second what they measured. */

const task = workerData as WorkerTask;
const fleet = new Fleet(await loadScenario(task.scenario), task, (hasLeft) => report({ type: "full", hasLeft }));
const strain = new StrainMeter();
let startAt = Infinity;
/** The second that is under way; -1: flows have not begun. */
let second = -1;

parentPort?.on("message", (order: WorkerOrder) => {
  switch (order.type) {
    case "start":
      return void run(order.atMs);
    case "met":
      return fleet.met();
    case "stop":
      return fleet.stop();
    default:
      order satisfies never;
  }
});
const sockets = await fleet.connect();
tellSecond();
report({ type: "connected", sockets });

async function run(atMs: number): Promise<void> {
  startAt = atMs - performance.timeOrigin;
  // What the connecting took is told apart from what comes now.
  tellSecond();
  second = 0;
  scheduleSecond();
  const flows = await fleet.run(startAt);
  report({ type: "ended" });
  const totals = { flows, ...(await fleet.end()) };
  tellSecond();
  report({ type: "done", totals });
  parentPort?.close();
}

/** Each second is told on its own, so that the main thread need not look at single times. */
function scheduleSecond(): void {
  const restMs = startAt + (second + 1) * 1_000 - performance.now();
  const timer = setTimeout(
    () => {
      tellSecond();
      scheduleSecond();
    },
    Math.max(0, restMs),
  );
  timer.unref();
}

function tellSecond(): void {
  const text = fleet.takeRecorded();
  if (text !== "") report({ type: "recorded", text });
  const next = nextSecond(second, performance.now() - startAt, task.pace.warmUpMs);
  const { maxLateMs, ...taken } = fleet.take(next.isWarmUp);
  const { times, warmUpTimes } = taken.samples;
  const buffers = [times, warmUpTimes].flatMap((all) => Object.values(all).map(({ buffer }) => buffer));
  report({ type: "second", second: { second, ...taken, strain: { ...strain.take(), maxLateMs } } }, buffers);
  if (second >= 0) second = next.second;
}

function report(message: WorkerReport, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
