import type ivm from "isolated-vm";
import type { CellError } from "../protocol/error-codes.ts";
import type { ImageDetail } from "../protocol/values.ts";
import { CellMeter } from "./cell-meter.ts";
import type { CpuMeter } from "./cpu-meter.ts";
import type { CallAnswer, CellEnd, CellEvent } from "./executor.ts";
import type { BreakReason, CellLimits, Command } from "./messages.ts";
import { PreparedIsolate } from "./prepared-isolate.ts";
import { type Answered, type CellConfig, RUN } from "./prelude/prelude.ts";
import type { Signal } from "./prelude/run.ts";
import { cleanStack, codeError, positionInStack, SOURCE_NAME, splitSyntaxError } from "./source-position.ts";
import { starvation } from "./starvation.ts";
import { watchStuck } from "./stuck-watch.ts";
import { TimerQueue } from "./timer-queue.ts";
import { UnreadAnswers } from "./unread-answers.ts";

type Start = Extract<Command, { type: "start" }>;

/** What a cell's isolate tells the process around it. */
export interface IsolateListener {
  /** In order; `ended` last and once, and where the cell was terminated only when the isolate is really gone. */
  event(event: CellEvent): void;
  /** The last thing that is said: no code of the cell runs, nor ever will. The isolate may be gone by then. */
  released(): void;
  /** Counts a message. Whether the cell should pause, for more is said than can be heard. */
  mustPause(): boolean;
  /** A timer is about to have its turn. */
  woke(): void;
  /** The process should be replaced: an isolate does not stop, or V8 ran out of memory for good. */
  broken(reason: BreakReason, message: string): void;
}

const PREFIX = `${RUN}(async()=>{"use strict";`;
const SUFFIX = "\n})";
/** Characters of the function around the code, which is all of it but the call. */
const FUNCTION_CHARS = (PREFIX + SUFFIX).length - `${RUN}()`.length;

/** What V8 throws for a buffer that does not fit the memory limit (rule B1); the code may catch it and do with less. */
const NO_BUFFER = "RangeError: Array buffer allocation failed";

/** How long an isolate may go on after it was told to stop. Loops stop within 5 ms; what takes longer never does. */
const STUCK_MS = 300;

/** How long code that goes on after the cell's end may take to pause, before its isolate is thrown away. */
const PAUSE_MS = 5;

/** One cell in its isolate. */
export class CellIsolate {
  readonly #start: Start;
  readonly #limits: CellLimits;
  readonly #listener: IsolateListener;
  readonly #prepared: PreparedIsolate;
  readonly #meter: CellMeter;
  readonly #timers = new TimerQueue((id) => this.#fire(id));
  readonly #answers = new UnreadAnswers((parts) => this.#settle(parts));
  /** Slices of code under way or queued: promises that isolated-vm settles when they are over. */
  #slices = 0;
  #phase: "running" | "terminating" | "ended" | "released" = "running";
  /** How a cell ends whose isolate is being stopped. */
  #stopped: CellEnd = { how: "terminated" };
  #cancelStuck: (() => void) | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;

  /** Starts the code, which runs on a thread of its own. The isolate is this cell's alone until it is released. */
  constructor(
    start: Start,
    limits: CellLimits,
    listener: IsolateListener,
    cpu: CpuMeter,
    prepared: PreparedIsolate = new PreparedIsolate(limits),
  ) {
    this.#start = start;
    this.#limits = limits;
    this.#listener = listener;
    this.#prepared = prepared;
    this.#meter = new CellMeter(prepared, cpu, limits.maxCpuMs, {
      isResting: () => this.#slices === 0,
      measuring: (slice) => void this.#follow(slice),
      measured: (usage) => {
        if (this.#phase === "running") listener.event({ type: "usage", usage });
      },
      exhausted: () => this.#stop({ how: "failed", error: this.#outOfTime() }),
    });
    prepared.serve({
      hear: (kind, a, b, c) => {
        this.#hear(kind, a, b, c);
        return this.#phase === "running" && listener.mustPause();
      },
      catastrophe: (message) => this.#catastrophe(message),
    });
    listener.event({ type: "started" });
    prepared.configure(this.#config(), start.source.length + FUNCTION_CHARS);
    const code = PREFIX + start.source + SUFFIX;
    const slice = prepared.context.eval(code, { filename: SOURCE_NAME, columnOffset: -PREFIX.length });
    void this.#enter(slice, (error) => this.#checkBegun(error));
  }

  /** Settles a tool call of the cell. */
  answer(call: number, answer: CallAnswer): void {
    if (this.#phase !== "running") return;
    this.#answers.add(call, answer);
    // It could not hold them either.
    if (this.#answers.chars > this.#limits.heapBytes) this.#stop({ how: "failed", error: this.#outOfMemory() });
  }

  /** Stops the code; `ended` follows when the isolate is gone. */
  terminate(): void {
    if (this.#phase === "running") this.#stop({ how: "terminated" });
  }

  #stop(end: CellEnd): void {
    this.#phase = "terminating";
    this.#stopped = end;
    this.#meter.settle();
    this.#dispose();
  }

  #config(): string {
    const { tools, storedValues } = this.#start;
    const config: CellConfig = {
      tools,
      storedValues: storedValues.map(([key, json]) => [key, json, Buffer.byteLength(key) + Buffer.byteLength(json)]),
    };
    return JSON.stringify(config);
  }

  /** A message of the prelude. It must not throw: the error would carry paths of this machine into the cell. */
  #hear(kind: Signal, a?: unknown, b?: unknown, c?: unknown): void {
    if (this.#phase !== "running") return;
    switch (kind) {
      case "pause":
        return;
      case "text":
        return this.#listener.event({ type: "content", item: { type: "text", text: a as string } });
      case "image": {
        const item = { type: "image" as const, imageUrl: a as string, detail: b as ImageDetail | undefined };
        return this.#listener.event({ type: "content", item });
      }
      case "notify":
        return this.#listener.event({ type: "notify", text: a as string });
      case "yield":
        return this.#listener.event({ type: "yield" });
      case "write":
        return this.#listener.event({ type: "write", key: a as string, json: b as string });
      case "call":
        return this.#listener.event({ type: "tool_call", call: a as number, tool: b as string, input: c as string });
      case "timer":
        return this.#timers.add(a as number, b as number);
      case "untimer":
        return this.#timers.delete(a as number);
      case "done":
        return this.#end({ how: "finished" });
      case "exit":
        this.#meter.settle();
        // At once: the cell waits inside `exit` for its end (rule J7). And first: once ended, it may be released.
        this.#dispose();
        return this.#end({ how: "finished" });
      case "fail":
        return this.#end({ how: "failed", error: this.#thrown(a as string) });
      default:
        kind satisfies never;
    }
  }

  #thrown(description: string): CellError {
    const code = description.startsWith(NO_BUFFER) ? "memory_limit" : "script_error";
    return codeError(code, cleanStack(description), this.#start.source, positionInStack(description));
  }

  async #settle(answers: Answered[number][]): Promise<void> {
    if (this.#phase === "running") await this.#enter(this.#prepared.deliver("answers", ...answers));
  }

  #fire(timer: number): Promise<void> {
    this.#listener.woke();
    return this.#enter(this.#prepared.deliver("timer", timer));
  }

  /** Follows a slice of code to its end; `over` hears of one that got there, and of what it threw, if anything. */
  #enter(slice: Promise<unknown>, over?: (thrown?: unknown) => void): Promise<void> {
    this.#meter.enter();
    return this.#follow(slice, over);
  }

  #follow(slice: Promise<unknown>, over?: (thrown?: unknown) => void): Promise<void> {
    this.#slices += 1;
    return slice
      .then(
        () => over?.(),
        (thrown: unknown) => {
          this.#prepared.spoil();
          if (this.#phase !== "running") return;
          if (this.#isolate.isDisposed) this.#end({ how: "failed", error: this.#outOfMemory() });
          else over?.(thrown);
        },
      )
      .finally(() => {
        this.#slices -= 1;
        if (this.#slices === 0) this.#paused();
      });
  }

  #outOfMemory(): CellError {
    const message = `exec cell used more memory than ${this.#limits.heapBytes} bytes (heapBytes)`;
    return { code: "memory_limit", message, limit: "heapBytes" };
  }

  #outOfTime(): CellError {
    const message = `exec cell used more CPU time than ${this.#limits.maxCpuMs} ms (maxCpuMs)`;
    return { code: "cpu_limit", message, limit: "maxCpuMs" };
  }

  /**
   * The first slice is over. Code that has not begun did not parse, alone or within the function around it. What was
   * thrown says nothing more: it may be the work of the code, which closed that function, and has a stack of this
   * machine; and errors of promises that nobody awaits surface here too (rule J9).
   */
  #checkBegun(thrown: unknown): void {
    if (this.#prepared.hasBegun || this.#phase !== "running") return;
    const { source } = this.#start;
    const { name, message } = this.#parseErrorOf(source) ?? asError(thrown);
    const split = splitSyntaxError(message);
    const said = `${name}: ${split.message}`.slice(0, this.#limits.errorBytes).toWellFormed();
    this.#end({ how: "failed", error: codeError("syntax_error", said, source, split.position) });
  }

  /**
   * The source's own syntax error: around the code stands a function, whose closing brace is what the parser complains
   * of where the code ends too early. A module is parsed as it is, but for `return`.
   */
  #parseErrorOf(source: string): Error | undefined {
    try {
      this.#isolate.compileModuleSync(source, { filename: SOURCE_NAME }).release();
      return undefined;
    } catch (error) {
      return asError(error).message.startsWith("Illegal return statement") ? undefined : asError(error);
    }
  }

  /** The cell is over. Its isolate is released when its code has paused; code that goes on is stopped. */
  #end(end: CellEnd): void {
    this.#phase = "ended";
    this.#timers.clear();
    this.#meter.settle();
    this.#tellEnd(end);
    this.#pauseTimer = setTimeout(() => this.#dispose(), PAUSE_MS);
    if (this.#slices === 0) this.#paused();
  }

  /** No code runs. After the cell's end none will: nothing enters its context any more. */
  #paused(): void {
    if (this.#phase === "terminating") this.#tellEnd(this.#stopped);
    else if (this.#phase !== "ended") return;
    this.#phase = "released";
    clearTimeout(this.#pauseTimer);
    this.#cancelStuck?.();
    this.#listener.released();
  }

  #dispose(): void {
    this.#timers.clear();
    // It is gone already where it hit its memory limit, and disposing twice throws.
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
    const report = () => this.#break("stuck", `the isolate of cell ${this.#start.cellId} does not stop`);
    this.#cancelStuck ??= watchStuck(STUCK_MS, report, starvation());
    if (this.#slices === 0) this.#paused();
  }

  #tellEnd(end: CellEnd): void {
    this.#listener.event({ type: "ended", end, usage: this.#meter.figures });
  }

  get #isolate(): ivm.Isolate {
    return this.#prepared.isolate;
  }

  #catastrophe(message: string): void {
    if (this.#phase === "running") this.#end({ how: "failed", error: this.#outOfMemory() });
    this.#break("memory", `V8 ran out of memory: ${message}`);
  }

  #break(reason: BreakReason, message: string): void {
    // A cell that was terminated is so when its process is gone; one that hit a limit would lose its error with that.
    if (this.#phase === "terminating" && this.#stopped.how === "failed") {
      this.#phase = "ended";
      this.#tellEnd(this.#stopped);
    }
    this.#listener.broken(reason, message);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new SyntaxError("Unexpected token '}'");
}
