import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CellEvent, CellListener, CellStart, RunningCell } from "./executor.ts";
import { Framing } from "./framing.ts";
import type { Command, ExecutorSettings, Report } from "./messages.ts";
import { watchStuck } from "./stuck-watch.ts";

/**
 * An isolate that does not stop is reported by its process within 300 ms. This is for a process that is deaf: it was told
 * to terminate a cell and has said nothing at all since, though this one had the time to hear it.
 */
const DEAF_MS = 3_000;

/** Bytes that a process has not taken from its pipe yet, past which cells wait to be started. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

/** Where the executor's entry lies: beside this file, in sources and in the build alike. */
const ENTRY = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./main.ts" : "./main.js", import.meta.url));

/**
 * isolated-vm asks for the first: isolates made from different snapshots share a heap. The second keeps loops
 * stoppable: unrolling an inner loop drops the interrupt check of the loop around it, so that neither a termination nor
 * the memory limit stops `for (;;) list.push(new Array(1000).fill(0))` (V8 13.6 and 14: 5 GB in 15 s; with the flag
 * 0.2 s to the limit, and hot loops cost the same).
 */
const NODE_FLAGS = ["--no-node-snapshot", "--no-turboshaft-loop-unrolling"];

interface Live {
  readonly listener: CellListener;
  isTerminating: boolean;
}

/** What a process tells the pool. */
export interface ProcessListener {
  /** It takes no more cells: it is about to be killed, or died by itself. Called once, before {@link exited}. */
  doomed(ready: boolean): void;
  /** It is gone, and its cells have been told. `why` ends with what it printed last. */
  exited(why: string): void;
}

/**
 * One executor process, seen from the gateway. It is started with nothing of the gateway's: an empty environment and no
 * descriptors but its own. When it dies, each of its cells ends with `executor_lost` (rule C14).
 */
export class ExecutorProcess {
  /** Absent where the system refused to start one. */
  readonly #child: ChildProcess | undefined;
  readonly #framing: Framing<Report, Command> | undefined;
  readonly #cells = new Map<string, Live>();
  /** What starts the cells that wait for room in the pipe. */
  readonly #starts = new Map<string, () => void>();
  readonly #listener: ProcessListener;
  #phase: "starting" | "ready" | "doomed" | "gone" = "starting";
  #printed = "";
  #cancelDeaf: (() => void) | undefined;

  constructor(settings: ExecutorSettings, listener: ProcessListener) {
    this.#listener = listener;
    try {
      const child = spawn(process.execPath, [...NODE_FLAGS, ENTRY, JSON.stringify(settings)], {
        env: {},
        // A Ctrl-C in the gateway's terminal is for the gateway, which ends its executors itself.
        detached: true,
        stdio: ["ignore", "ignore", "pipe", "pipe"],
      });
      this.#child = child;
      child.once("error", (error) => this.#exited(error.message));
      // Not on `exit`: what it said before it died may still have to be read.
      child.once("close", (code, signal) => this.#exited(signal ?? `exit code ${code}`));
      // Without descriptors left there are no pipes either, and an `error` is to come.
      const socket = (child.stdio as ChildProcess["stdio"] | undefined)?.[3] as Duplex | undefined;
      if (!socket) return;
      this.#framing = new Framing(socket, (report) => this.#hear(report));
      socket.on("drain", () => this.#sendStarts());
      // A write to a process that has just died, or a message that is none: its exit follows and is what counts.
      socket.on("error", (error) => this.#print(error.message));
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

  start(cell: CellStart, listener: CellListener): RunningCell {
    const { cellId, sessionId, source, tools } = cell;
    this.#cells.set(cellId, { listener, isTerminating: false });
    this.#starts.set(cellId, () => {
      const storedValues = [...cell.storedValues];
      this.#framing?.send({ type: "start", cellId, sessionId, source, tools, storedValues });
    });
    this.#sendStarts();
    return {
      answer: (call, answer) => {
        if (this.#cells.has(cellId)) this.#framing?.send({ type: "answer", cellId, call, answer });
      },
      terminate: () => this.#terminate(cellId),
    };
  }

  /** Cells whose start would only lie in memory, with a copy of all stored values each, wait until there is room. */
  #sendStarts(): void {
    for (const [cellId, send] of this.#starts) {
      if (this.#framing && this.#framing.unsentBytes > MAX_UNSENT_BYTES) return;
      this.#starts.delete(cellId);
      send();
    }
  }

  /** Ends the process by force; nothing gentler is sure to work with isolates in it. */
  kill(): void {
    this.#child?.kill("SIGKILL");
    this.#doom();
  }

  #doom(): void {
    if (this.#phase === "doomed" || this.#phase === "gone") return;
    const wasReady = this.#phase === "ready";
    this.#phase = "doomed";
    this.#listener.doomed(wasReady);
  }

  #print(text: string): void {
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
    this.#listen();
  }

  /** Starts counting the silence anew, as long as there is something to be heard. */
  #listen(): void {
    this.#cancelDeaf?.();
    const isAwaited = Array.from(this.#cells.values()).some(({ isTerminating }) => isTerminating);
    this.#cancelDeaf = isAwaited ? watchStuck(DEAF_MS, () => this.kill()) : undefined;
  }

  #hear(report: Report): void {
    switch (report.type) {
      case "ready":
        if (this.#phase === "starting") this.#phase = "ready";
        return;
      case "events":
        this.#forward(report.cellId, report.events);
        if (this.#cancelDeaf) this.#listen();
        return;
      case "broken":
        this.#printed = report.message;
        return this.kill();
      default:
        report satisfies never;
    }
  }

  #forward(cellId: string, events: readonly CellEvent[]): void {
    const live = this.#cells.get(cellId);
    if (!live) return;
    if (events.at(-1)?.type === "ended") this.#cells.delete(cellId);
    live.listener(events);
  }

  #exited(how: string): void {
    // A process that could not be started has both an `error` and a `close`.
    if (this.#phase === "gone") return;
    this.#doom();
    this.#phase = "gone";
    const cells = [...this.#cells.values()];
    this.#cells.clear();
    this.#cancelDeaf?.();
    for (const { listener, isTerminating } of cells) {
      if (isTerminating) listener([{ type: "ended", end: { how: "terminated" } }]);
      else {
        const message = "exec runtime ended unexpectedly";
        listener([{ type: "ended", end: { how: "failed", error: { code: "executor_lost", message } } }]);
      }
    }
    this.#listener.exited(`${how}${this.#printed ? `: ${this.#printed.trim()}` : ""}`);
  }
}
