import { writeSync } from "node:fs";
import { Socket } from "node:net";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import { CellIsolate, type IsolateListener } from "./cell-isolate.ts";
import { confine } from "./confinement.ts";
import { CpuMeter } from "./cpu-meter.ts";
import type { CellEvent } from "./executor.ts";
import { Framing } from "./framing.ts";
import { closeInheritedDescriptors } from "./inherited-descriptors.ts";
import { IsolateStock } from "./isolate-stock.ts";
import { type Command, type ExecutorSettings, LONG_CHARS, type Report, textOf, withText } from "./messages.ts";

/** The entry of an executor process: commands come and reports go on descriptor 3; its settings are its argument. */

/** Events of a cell that travel in one message: a large one would hold up everything behind it in the gateway. */
const BATCH_CHARS = 256 * 1024;

/**
 * Past it cells pause when they speak: the end of a cell, however it came, is read behind what is unsent. A gateway takes
 * 3 ms for as much of long texts, and 70 ms for notifications of 28 bytes, each of which costs it a write of its own.
 */
const MAX_UNSENT_BYTES = 256 * 1024;

interface Batch {
  events: CellEvent[];
  chars: number;
  /** When the cell started, where `events` begin with that. */
  startedAt: number | undefined;
}

closeInheritedDescriptors();
// Whatever needs a file comes before: afterwards none can be opened.
confine();

/** Messages heard in one turn of the event loop, past which cells pause: some 10 ms. */
const MAX_HEARD = 4_096;

/** How often the gateway is told that a cell's timers fire, which it hears of in no other way. */
const WOKE_MS = 250;
let heard = 0;

const { limits, isolateReuse } = JSON.parse(process.argv[2] ?? "") as ExecutorSettings;
const stock = new IsolateStock(limits, isolateReuse === "session");
const socket = new Socket({ fd: 3 });
const cpu = new CpuMeter();
const cells = new Map<string, CellIsolate>();
const framing = new Framing<Command, Report>(socket, (command, text) => obey(command, text));

/** How long the start of a cell may be kept from the gateway. */
const STARTED_MS = 1;

/** Events that wait for the end of this turn of the event loop, so that they travel together. */
const batches = new Map<string, Batch>();
let isFlushDue = false;
let lateFlush: NodeJS.Timeout | undefined;

// The gateway is gone, however it went: nothing is left to do.
socket.on("close", () => die());
socket.on("error", die);
process.on("uncaughtException", die);

framing.send({ type: "ready" });

/** By force: the ordinary way out can hang for ever while an isolate runs. */
function die(error?: Error): void {
  try {
    if (error) writeSync(2, `${error.stack}\n`);
  } catch {
    // Nobody is there to read it.
  }
  process.kill(process.pid, "SIGKILL");
}

function obey(command: Command, text: Utf8Text | undefined): void {
  switch (command.type) {
    case "start":
      return start(command);
    case "answer":
      return cells
        .get(command.cellId)
        ?.answer(command.call, text ? { ok: true, json: text.toString() } : command.answer);
    case "terminate":
      return cells.get(command.cellId)?.terminate();
    case "ping":
      return framing.send({ type: "pong" });
    default:
      command satisfies never;
  }
}

function start(command: Extract<Command, { type: "start" }>): void {
  const { cellId, sessionId } = command;
  const isolate = stock.take(sessionId);
  let wokeAt = -Infinity;
  const listener: IsolateListener = {
    event(event) {
      if (event.type === "ended") cells.delete(cellId);
      report(cellId, event);
    },
    released: () => stock.giveBack(isolate, sessionId),
    mustPause,
    woke() {
      const now = performance.now();
      if (now - wokeAt < WOKE_MS) return;
      wokeAt = now;
      framing.send({ type: "woke", cellId });
    },
    broken(reason, message) {
      // The gateway kills this process when it hears of it, so what the cells have said goes first.
      flush();
      framing.send({ type: "broken", reason, sessionId, message });
    },
  };
  cells.set(cellId, new CellIsolate(command, limits, listener, cpu, isolate));
}

/**
 * Messages of isolates are heard in one go for as long as they keep coming, and each cell's pauses bound only its own:
 * sixteen cells that speak without a break would keep this process from ever hearing that they are to be stopped.
 */
function mustPause(): boolean {
  if (heard === 0) setImmediate(() => (heard = 0));
  heard += 1;
  return heard > MAX_HEARD || framing.unsentBytes > MAX_UNSENT_BYTES;
}

function report(cellId: string, event: CellEvent): void {
  scheduleFlush(event.type === "started");
  const batch = batches.get(cellId) ?? { events: [], chars: 0, startedAt: undefined };
  batches.set(cellId, batch);
  const text = textOf(event);
  if (text.length >= LONG_CHARS) {
    if (batch.events.length > 0) send(cellId, batch);
    return framing.send({ type: "long_event", cellId, event: withText(event, "") }, text);
  }
  if (event.type === "started") batch.startedAt = performance.now();
  batch.events.push(event);
  batch.chars += text.length;
  if (batch.chars >= BATCH_CHARS) send(cellId, batch);
}

function send(cellId: string, batch: Batch): void {
  if (batch.startedAt !== undefined) batch.events[0] = { type: "started", agoMs: performance.now() - batch.startedAt };
  batch.startedAt = undefined;
  framing.send({ type: "events", cellId, events: batch.events });
  batch.events = [];
  batch.chars = 0;
}

/** That a cell has started can wait for what it says next, if that comes soon: to wake the gateway costs 25 µs. */
function scheduleFlush(canWait: boolean): void {
  if (canWait) lateFlush ??= setTimeout(flush, STARTED_MS);
  else if (!isFlushDue) {
    isFlushDue = true;
    setImmediate(flush);
  }
}

function flush(): void {
  clearTimeout(lateFlush);
  lateFlush = undefined;
  isFlushDue = false;
  for (const [cellId, batch] of batches) {
    if (batch.events.length > 0) send(cellId, batch);
  }
  batches.clear();
}
