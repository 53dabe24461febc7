import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { executorLost } from "../protocol/error-codes.ts";
import { allocateMessage } from "../protocol/large-memory.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import { Activity } from "./activity.ts";
import { CellAccount } from "./cell-account.ts";
import type { CellEvent, CellListener, CellStart, RunningCell } from "./executor.ts";
import type { EndReason } from "./executor-status.ts";
import { Framing } from "./framing.ts";
import { MainThread } from "./main-thread.ts";
import {
  type CellLimits,
  type Command,
  type ExecutorSettings,
  LONG_CHARS,
  NOTICEABLE_CPU_MS,
  type Report,
  withText,
} from "./messages.ts";
import { nodeFlags } from "./node-flags.ts";
import { Pulse } from "./pulse.ts";
import { assertReport } from "./report-checks.ts";
import { watchStuck } from "./stuck-watch.ts";

/** How long a process may take to be ready: 0.1 s, and more where all cores have other things to do. */
const START_MS = 30_000;

/** Bytes that a process has not taken from its pipe yet, past which cells wait to be started. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** Where the executor's entry lies: beside this file, in sources and in the build alike. */
const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./main.ts" : "./main.js", import.meta.url));

interface Live {
  readonly sessionId: string;
  readonly listener: CellListener;
  readonly account: CellAccount;
  isTerminating: boolean;
  /** The CPU time that was last heard of. */
  cpuMs: number;
}

/** How a process came to its end. */
export interface Doom {
  readonly reason: EndReason;
  /** Whether it had started. */
  readonly wasReady: boolean;
  /** The sessions one of whose cells did it: exactly one where the process itself said so (rule B6). */
  readonly suspects: readonly string[];
}

/** What a process tells the pool. */
export interface ProcessListener {
  /** It has started. */
  ready(): void;
  /** Its last cell has ended. */
  idle(): void;
  /** It takes no more cells: it is about to be killed, or died by itself. Called once, before {@link exited}. */
  doomed(doom: Doom): void;
  /** It is gone, and its cells have been told. `why` ends with what it printed last. */
  exited(reason: EndReason, why: string): void;
}

/**
 * One executor process, seen from the gateway. It is started with nothing of the gateway's: an empty environment, no
 * descriptors but its own, and none of the permissions. When it dies, each of its cells ends with `executor_lost` (rule C14).
 */
export class ExecutorProcess {
  /** Absent where the system refused to start one. */
  readonly #child: ChildProcess | undefined;
  readonly #framing: Framing<Report, Command> | undefined;
  readonly #cells = new Map<string, Live>();
  /** What starts the cells that wait for the process to be ready, or for room in the pipe. */
  readonly #starts = new Map<string, () => void>();
  readonly #limits: CellLimits;
  readonly #listener: ProcessListener;
  readonly #activity = new Activity();
  readonly #pulse: Pulse;
  readonly #cancelStart: () => void;
  #mainThread: MainThread | undefined;
  #phase: "starting" | "ready" | "doomed" | "gone" = "starting";
  #end: EndReason = "lost";
  #served = 0;
  #printed = "";

  constructor(settings: ExecutorSettings, listener: ProcessListener) {
    this.#limits = settings.limits;
    this.#listener = listener;
    const isExcused = () => this.#mainThread?.isStarved() ?? false;
    this.#pulse = new Pulse({
      ask: () => this.#framing?.send({ type: "ping" }),
      deaf: () => this.kill("deaf", "it does not answer"),
      isExcused,
    });
    this.#cancelStart = watchStuck(START_MS, () => this.kill("deaf", "it does not start"), isExcused);
    try {
      const child = spawn(
        process.execPath,
        [...nodeFlags(settings.jit, settings.limits.heapBytes), ENTRY, JSON.stringify(settings)],
        {
          env: {},
          // A Ctrl-C in the gateway's terminal is for the gateway, which ends its executors itself.
          detached: true,
          stdio: ["ignore", "ignore", "pipe", "pipe"],
        },
      );
      this.#child = child;
      if (child.pid !== undefined) this.#mainThread = new MainThread(child.pid);
      child.once("error", (error) => this.#exited(error.message));
      // Not on `exit`: what it said before it died may still have to be read.
      child.once("close", (code, signal) => this.#exited(signal ?? `exit code ${code}`));
      // Without descriptors left there are no pipes either, and an `error` is to come.
      const socket = (child.stdio as ChildProcess["stdio"] | undefined)?.[3] as Duplex | undefined;
      if (!socket) return;
      this.#framing = new Framing(socket, (report, text) => this.#hear(report, text), allocateMessage);
      socket.on("drain", () => this.#sendStarts());
      // A write to a process that has just died, or a message that is none: its exit follows and is what counts.
      socket.on("error", (error) => this.#print(error.message));
      // It is of no use any more, whether or not it dies by itself.
      socket.once("close", () => child.kill("SIGKILL"));
      child.stderr?.on("data", (chunk: Buffer) => this.#print(chunk.toString()));
    } catch (error) {
      setImmediate(() => this.#exited((error as Error).message));
    }
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#phase === "ready";
  }

  /** How many cells it runs. */
  get load(): number {
    return this.#cells.size;
  }

  /** How many cells were handed to it so far. */
  get served(): number {
    return this.#served;
  }

  start(cell: CellStart, listener: CellListener): RunningCell {
    const { cellId, sessionId, source, tools } = cell;
    this.#served += 1;
    const account = new CellAccount(this.#limits);
    this.#cells.set(cellId, { sessionId, listener, account, isTerminating: false, cpuMs: 0 });
    this.#starts.set(cellId, () => {
      const storedValues = [...cell.storedValues];
      this.#note(sessionId);
      this.#framing?.send({ type: "start", cellId, sessionId, source, tools, storedValues });
    });
    this.#sendStarts();
    return {
      answer: (call, answer) => {
        if (!this.#cells.has(cellId)) return;
        account.answered();
        this.#note(sessionId);
        const long = answer.ok && answer.json && answer.json.length >= LONG_CHARS ? answer.json : undefined;
        this.#framing?.send({ type: "answer", cellId, call, answer: long ? { ok: true } : answer }, long);
      },
      terminate: () => this.#terminate(cellId),
    };
  }

  /** Cells whose start would only lie in memory, with a copy of all stored values each, wait until it can be read. */
  #sendStarts(): void {
    if (this.#phase !== "ready") return;
    for (const [cellId, send] of this.#starts) {
      if (this.#framing && this.#framing.unsentBytes > MAX_UNSENT_BYTES) return;
      this.#starts.delete(cellId);
      send();
    }
  }

  /** Kills it if it is deaf. To be called every now and then; that takes no longer where there are more cells. */
  checkPulse(): void {
    if (this.#phase === "ready") this.#pulse.check(this.#cells.size > 0);
  }

  /** Ends the process by force; nothing gentler is sure to work with isolates in it. `why` is for the log. */
  kill(reason: EndReason, why = ""): void {
    if (this.#phase === "doomed" || this.#phase === "gone") return;
    this.#child?.kill("SIGKILL");
    if (why) this.#printed = why;
    this.#doom(reason, this.#activity.around(this.#pulse.wellAt));
  }

  #doom(reason: EndReason, suspects: readonly string[]): void {
    const wasReady = this.#phase === "ready";
    this.#phase = "doomed";
    this.#end = reason;
    this.#cancelStart();
    this.#pulse.stop();
    this.#listener.doomed({ reason, wasReady, suspects: wasReady ? suspects : [] });
  }

  /** What a process is told while it is deaf says nothing about who made it so. */
  #note(sessionId: string): void {
    if (!this.#pulse.isOverdue) this.#activity.note(sessionId);
  }

  #print(text: string): void {
    // Why it was killed is known, and what comes of that says nothing more.
    if (this.#phase === "doomed") return;
    this.#printed = (this.#printed + text).slice(-2_000);
  }

  #terminate(cellId: string): void {
    const live = this.#cells.get(cellId);
    if (!live || live.isTerminating) return;
    live.isTerminating = true;
    if (this.#starts.delete(cellId)) {
      setImmediate(() => this.#forward(cellId, [{ type: "ended", end: { how: "terminated" } }]));
      return;
    }
    this.#framing?.send({ type: "terminate", cellId });
    // It says so within 300 ms where the isolate does not stop; one that does not even hear must not keep the cell.
    this.#pulse.ask();
  }

  #hear(report: Report, text: Utf8Text | undefined): void {
    assertReport(report);
    this.#pulse.heard();
    switch (report.type) {
      case "ready":
        return this.#ready();
      case "pong":
        return;
      case "woke":
        return this.#noteCell(report.cellId);
      case "events":
        return this.#forward(report.cellId, report.events);
      case "long_event":
        return this.#forward(report.cellId, [withText(report.event, text ?? "")]);
      case "broken":
        return this.#broken(report);
      default:
        report satisfies never;
    }
  }

  #ready(): void {
    if (this.#phase !== "starting") return;
    this.#phase = "ready";
    this.#cancelStart();
    this.#listener.ready();
    this.#sendStarts();
  }

  #noteCell(cellId: string): void {
    const live = this.#cells.get(cellId);
    if (live) this.#note(live.sessionId);
  }

  #broken({ reason, sessionId, message }: Extract<Report, { type: "broken" }>): void {
    if (this.#phase !== "ready") return;
    this.#child?.kill("SIGKILL");
    this.#printed = message;
    this.#doom(reason, [sessionId]);
  }

  #forward(cellId: string, events: readonly CellEvent[]): void {
    const live = this.#cells.get(cellId);
    if (!live) return;
    for (const event of events) live.account.hear(event);
    if (events.some((event) => isSignOfLife(event, live))) this.#note(live.sessionId);
    if (events.at(-1)?.type === "ended") this.#cells.delete(cellId);
    live.listener(events);
    if (this.#cells.size === 0) this.#listener.idle();
  }

  #exited(how: string): void {
    // A process that could not be started has both an `error` and a `close`.
    if (this.#phase === "gone") return;
    if (this.#phase !== "doomed") this.#doom("lost", this.#activity.around(this.#pulse.wellAt));
    this.#phase = "gone";
    const cells = [...this.#cells.values()];
    this.#cells.clear();
    for (const { listener, isTerminating } of cells) {
      if (isTerminating) listener([{ type: "ended", end: { how: "terminated" } }]);
      else listener([{ type: "ended", end: { how: "failed", error: executorLost } }]);
    }
    this.#listener.exited(this.#end, `${how}${this.#printed ? `: ${this.#printed.trim()}` : ""}`);
  }
}

/** Whether code of the cell ran of late. Its figures alone do not show that: they are told of one that waits, too. */
function isSignOfLife(event: CellEvent, live: Live): boolean {
  if (event.type !== "usage") return true;
  const ranMs = event.usage.cpuMs - live.cpuMs;
  live.cpuMs = event.usage.cpuMs;
  return ranMs >= NOTICEABLE_CPU_MS;
}
