const MiB = 1024 * 1024;

/** Whether V8 compiles the code of cells to machine code. */
export type Jit = "on" | "off";

/**
 * isolated-vm asks for the first: isolates made from different snapshots share a heap. The second keeps loops
 * stoppable: unrolling an inner loop drops the interrupt check of the loop around it, so that neither a termination nor
 * the memory limit stops `for (;;) list.push(new Array(1000).fill(0))` (V8 13.6 and 14: 5 GB in 15 s; with the flag
 * 0.2 s to the limit, and hot loops cost the same). By the third an isolate collects its garbage on its own thread: with
 * the help of others each small cell wakes several threads for next to nothing, 5 % of what it costs.
 */
const ENGINE = ["--no-node-snapshot", "--no-turboshaft-loop-unrolling", "--single-threaded-gc"];

/**
 * A second wall, for a cell that got hold of an object of the executor's own realm: there are no processes, threads,
 * sockets, debugger nor files to be had. Reading and the loading of addons are for the start alone, and are given up by
 * {@link confine}; which paths are read at the start depends on where everything is installed, so they are not listed.
 *
 * The realm of the executor evaluates no text either. Cells may go on doing so: V8 keeps that switch for each context,
 * and isolated-vm leaves it alone.
 *
 * All of this costs nothing that could be measured, at the start or a cell. Not used: `--frozen-intrinsics`, which takes
 * 30 ms at the start and is about objects that no cell reaches; `--disable-proto`, for the same reason.
 */
const CONFINEMENT = [
  "--permission",
  "--allow-fs-read=*",
  "--allow-fs-write=/proc/self/oom_score_adj",
  "--allow-fs-write=/proc/self/coredump_filter",
  "--allow-addons",
  // It warns of the line above, on the stream that says why a process died.
  "--disable-warning=PERM0001",
  "--disallow-code-generation-from-strings",
];

/**
 * Only `--jitless` does without memory that is writable and executable (of which there are 1.6 GB otherwise, reserved).
 * But it takes WebAssembly away, and by that Node strips the types of sources. Those run with the compilers switched off.
 */
const INTERPRETER = import.meta.url.endsWith(".ts")
  ? ["--no-opt", "--no-maglev", "--no-sparkplug", "--regexp-interpret-all"]
  : ["--jitless"];

/**
 * MiB of new objects after which an isolate collects those that are garbage: 4 with the default heap. isolated-vm derives
 * half of one from that, and what a cell throws away soon is then copied all the same, as are the contexts of earlier cells.
 * A no-op takes 14 % less of a processor, a cell that makes many objects 5 to 9 %. What is not used yet takes no memory; a
 * cell that waits with all of it used takes some 3 MiB more than it would.
 */
export function newSpaceMiB(heapBytes: number): number {
  return Math.min(Math.max(1, Math.floor(heapBytes / (16 * MiB))), 4);
}

/** The flags of Node with which an executor process runs. */
export function nodeFlags(jit: Jit, heapBytes: number): string[] {
  const mib = newSpaceMiB(heapBytes);
  const memory = [`--min-semi-space-size=${mib}`, `--max-semi-space-size=${mib}`];
  return [...ENGINE, ...memory, ...CONFINEMENT, ...(jit === "off" ? INTERPRETER : [])];
}
