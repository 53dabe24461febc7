import ivm from "isolated-vm";
import type { CellLimits } from "./messages.ts";
import { newSpaceMiB } from "./node-flags.ts";
import { compilePrelude } from "./prelude-code.ts";
import { type Deliver, SHARED, SHARED_BYTES, START } from "./prelude/prelude.ts";
import type { Send, SyncSend } from "./prelude/run.ts";

/** Who hears what happens in a {@link PreparedIsolate}: the cell that runs in it. */
export interface IsolateUser {
  /** A message of the prelude; the answer says whether the cell should pause. It must not throw. */
  readonly hear: SyncSend;
  /** V8 ran out of memory in a way that the process does not get over. */
  readonly catastrophe: (message: string) => void;
}

const MiB = 1024 * 1024;

/**
 * What earlier cells of the same session may leave in the heap, garbage included: good for some fifty cells that do
 * little. To collect their contexts on purpose would cost more than another isolate does, and past some 14 MiB V8 begins
 * to. A collection leaves next to nothing of it, unless cells registered symbols (`Symbol.for`) of that size, which V8
 * keeps for as long as the isolate.
 */
const LEFT_OVER_BYTES = 12 * MiB;

/**
 * A longer configuration is not kept for the next context: it is mostly stored values, which cells change, and would take
 * memory beside a cell that waits, and time of the executor's own thread.
 */
const CONFIG_CHARS = 16 * 1024;

/**
 * An isolate with a fresh context in which the prelude has run, so that a cell can start in it at once. Making one takes
 * about a millisecond; another context in the same isolate, for a later cell of the same session, a third of that.
 *
 * ```
 * prepared ──retire──▶ used ──renew──▶ prepared        (both ways: or gone)
 *                        └─renewLater─▶ renewing ──▶ prepared
 * ```
 */
export class PreparedIsolate {
  readonly isolate: ivm.Isolate;
  readonly #prelude: ivm.Script;
  #user: IsolateUser | undefined;
  #isSpoiled = false;
  #context: ivm.Context | undefined;
  #deliver: ivm.Reference<Deliver> | undefined;
  /** The {@link SHARED} memory of the latest context. */
  #shared: Int32Array = new Int32Array();
  /** What that context was configured with, if it is short. */
  #config: string | undefined;
  #phase: "prepared" | "used" | "renewing" = "used";

  constructor(limits: CellLimits) {
    this.isolate = new ivm.Isolate({
      memoryLimit: memoryLimitMiB(limits.heapBytes),
      onCatastrophicError: (message) => this.#user?.catastrophe(message),
    });
    this.#prelude = compilePrelude(this.isolate, limits);
    this.#setUp();
  }

  get context(): ivm.Context {
    if (!this.#context) throw new Error("the context was given up");
    return this.#context;
  }

  /** Only a prepared one may serve, and only a used one may be renewed. */
  get phase(): "prepared" | "used" | "renewing" {
    return this.#phase;
  }

  /** Whether it may serve another cell: its cells have not left too much behind. */
  get isReusable(): boolean {
    if (this.#isSpoiled || this.isolate.isDisposed) return false;
    return heapBytes(this.isolate.getHeapStatisticsSync()) < LEFT_OVER_BYTES;
  }

  /**
   * Bytes of heap and buffers, garbage included, when its code has paused. This is done on the isolate's own thread: it
   * can take 25 ms, and on this one it would run what the code has queued. Rejects where the isolate is gone.
   */
  async measureHeap(): Promise<number> {
    return heapBytes(await this.isolate.getHeapStatistics());
  }

  /** Milliseconds for which it has run code, by the wall clock; undefined once the isolate is gone. May always be asked. */
  get ranMs(): number | undefined {
    try {
      return Number(this.isolate.cpuTime) / 1e6;
    } catch {
      // It may have hit its memory limit just now, on its own thread.
      return undefined;
    }
  }

  /**
   * Code of it threw, and may have left rejections that nobody handles. Whoever enters the isolate next is told of them,
   * and that runs getters of what they reject with: so nothing enters it on this thread any more.
   */
  spoil(): void {
    this.#isSpoiled = true;
  }

  /** From now on it is `user`'s. */
  serve(user: IsolateUser): void {
    this.#user = user;
  }

  /** Whether the cell's code runs, or has. It did not if it does not parse. May always be asked. */
  get hasBegun(): boolean {
    return this.#shared[SHARED.begun] === 1;
  }

  /**
   * Tells the prelude what its cell starts from, a `CellConfig` as JSON, and how many characters the function around its
   * code has. The code has to be entered next.
   */
  configure(config: string, bodyLength: number): void {
    this.#shared[SHARED.bodyLength] = bodyLength;
    if (config === this.#config) return;
    this.#config = config.length > CONFIG_CHARS ? undefined : config;
    // Nobody waits for it, so that the first thing that wakes this thread is what the code says.
    this.#deliver?.applyIgnored(undefined, ["configure", config]);
  }

  /** Calls into the prelude. Resolves when the code that this set going has paused. */
  deliver(...args: Parameters<Deliver>): Promise<unknown> {
    return this.#deliver?.apply(undefined, args) ?? Promise.resolve();
  }

  /** Gives the used context up: nothing enters it any more. */
  retire(): void {
    this.#user = undefined;
    this.#deliver?.release();
    this.#context?.release();
    this.#deliver = this.#context = undefined;
    this.#phase = "used";
  }

  /** Makes a fresh context, at once. Where there is no room for one the isolate is gone afterwards. */
  renew(): void {
    try {
      this.#setUp();
    } catch {
      this.#giveUp();
    }
  }

  /** The same on the isolate's own thread; nobody may enter the isolate meanwhile. */
  async renewLater(): Promise<void> {
    this.#phase = "renewing";
    try {
      const context = await this.isolate.createContext();
      // In the order in which they are asked for, all on that thread.
      for (const [name, value] of this.#startOf(context)) context.global.setIgnored(name, value);
      this.#adopt(context, await this.#prelude.run(context, { reference: true }));
    } catch {
      this.#giveUp();
    }
  }

  #setUp(): void {
    const context = this.isolate.createContextSync();
    for (const [name, value] of this.#startOf(context)) context.global.setSync(name, value);
    this.#adopt(context, this.#prelude.runSync(context, { reference: true }));
  }

  #giveUp(): void {
    this.#phase = "used";
    if (!this.isolate.isDisposed) this.isolate.dispose();
  }

  #adopt(context: ivm.Context, deliver: unknown): void {
    this.#context = context;
    this.#deliver = deliver as ivm.Reference<Deliver>;
    this.#phase = "prepared";
  }

  /**
   * What a context is set up from, by the names of the globals in which the prelude finds it. It is configured as the one
   * before was: a session's cells start mostly from the same, and to enter the isolate once less takes 10 % off a no-op alone.
   */
  #startOf(
    context: ivm.Context,
  ): [name: string, value: ivm.Callback | ivm.Copy<SharedArrayBuffer> | string | undefined][] {
    // A context that was given up is heard no more: what its code still says is not the next cell's.
    const user = () => (this.#context === context ? this.#user : undefined);
    const ignored: Send = (kind, a, b, c) => void user()?.hear(kind, a, b, c);
    const sync: SyncSend = (kind, a, b, c) => user()?.hear(kind, a, b, c) ?? false;
    const memory = new SharedArrayBuffer(SHARED_BYTES);
    this.#shared = new Int32Array(memory);
    return [
      [START.ignored, new ivm.Callback(ignored, { ignored: true })],
      [START.sync, new ivm.Callback(sync, { sync: true })],
      [START.memory, new ivm.ExternalCopy(memory).copyInto({ release: true })],
      [START.config, this.#config],
    ];
  }
}

/** With what an earlier cell may have left over on top, so that each has the heap that it was promised (rule B1). */
function memoryLimitMiB(bytes: number): number {
  // V8 reserves room for new objects three times over, and isolated-vm adds that to the limit.
  return Math.max(8, Math.ceil((bytes + LEFT_OVER_BYTES) / MiB) - 3 * newSpaceMiB(bytes));
}

function heapBytes({ used_heap_size: heap, externally_allocated_size: buffers }: ivm.HeapStatistics): number {
  return heap + buffers;
}
