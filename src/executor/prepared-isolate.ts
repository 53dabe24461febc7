import ivm from "isolated-vm";
import type { CellLimits } from "./messages.ts";
import { newSpaceMiB } from "./node-flags.ts";
import { compilePrelude } from "./prelude-code.ts";
import { type Deliver, WAYS } from "./prelude/prelude.ts";
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
 * What earlier cells of the same session may leave in the heap, garbage included: good for some thirty cells that do
 * little. To collect their contexts on purpose would cost more than an isolate every thirty cells does.
 */
const LEFT_OVER_BYTES = 8 * MiB;

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
  /** Shared with the prelude of the latest context. */
  #begun: Int32Array = new Int32Array();
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
    return this.#begun[0] === 1;
  }

  /** Tells the prelude what its cell starts from: a `CellConfig` as JSON. The code has to be entered next. */
  configure(config: string): void {
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
      for (const [name, way] of this.#ways(context)) context.global.setIgnored(name, way);
      this.#adopt(context, await this.#prelude.run(context, { reference: true }));
    } catch {
      this.#giveUp();
    }
  }

  #setUp(): void {
    const context = this.isolate.createContextSync();
    for (const [name, way] of this.#ways(context)) context.global.setSync(name, way);
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

  /** The ways out of a context, by the names of the globals in which the prelude finds them. */
  #ways(context: ivm.Context): [name: string, way: ivm.Callback | ivm.Copy<SharedArrayBuffer>][] {
    // A context that was given up is heard no more: what its code still says is not the next cell's.
    const user = () => (this.#context === context ? this.#user : undefined);
    const ignored: Send = (kind, a, b, c) => void user()?.hear(kind, a, b, c);
    const sync: SyncSend = (kind, a, b, c) => user()?.hear(kind, a, b, c) ?? false;
    const begun = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#begun = new Int32Array(begun);
    return [
      [WAYS.ignored, new ivm.Callback(ignored, { ignored: true })],
      [WAYS.sync, new ivm.Callback(sync, { sync: true })],
      [WAYS.begun, new ivm.ExternalCopy(begun).copyInto({ release: true })],
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
