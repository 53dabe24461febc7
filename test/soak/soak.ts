import { setTimeout as delay } from "node:timers/promises";
import { GatewayProcess, type Holdings } from "../support/gateway-process.ts";
import { runAgent } from "./agent.ts";
import { courseOf } from "./course.ts";
import { Tally } from "./tally.ts";

const AGENTS = 16;

/** What is still under way may take so long to end, or to be given back. */
const PATIENCE_MS = 30_000;

/** How a soak is run. It ends at whichever bound comes first. */
export interface SoakOptions {
  readonly durationMs: number;
  readonly cells: number;
  /** Of the duration, before the gateway's memory is taken as what it needs. */
  readonly warmUpMs: number;
  /** So many times what it needed then the gateway's memory may be at the end. */
  readonly growth: number;
  readonly sampleMs: number;
  readonly print: (line: string) => void;
}

/** What a soak found. It has passed where there are no problems. */
export interface SoakResult {
  readonly cells: number;
  readonly ends: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/** Runs cells against a gateway of its own at full speed, and looks at what it still holds when they are gone. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const gateway = await GatewayProcess.start();
  try {
    return await soakGateway(gateway, options);
  } finally {
    gateway.kill();
  }
}

async function soakGateway(gateway: GatewayProcess, options: SoakOptions): Promise<SoakResult> {
  const { durationMs, cells, warmUpMs, sampleMs, growth, print } = options;
  const tally = new Tally();
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const lost: string[] = [];
  /** Of the gateway, in bytes, since it was warm. */
  let rss: number[] = [];

  const show = (label: string, held: Holdings) => {
    lost.push(...held.lost);
    rss.push(held.rss);
    print(`${(elapsedMs() / 1_000).toFixed(0).padStart(4)} s ${label.padEnd(8)} ${line(held, tally, lost)}`);
  };
  const stopAt = async (bound: () => boolean) => {
    const agents = Array.from({ length: AGENTS }, () => {
      return runAgent({ url: gateway.url, token: gateway.token, tally, goesOn: () => !bound() });
    });
    const over = Promise.all(agents).then(() => "over");
    for (;;) {
      if ((await Promise.race([over, delay(sampleMs, "sample")])) === "over") return;
      show(bound() ? "ending" : "", await gateway.holdings());
      if (elapsedMs() > durationMs + PATIENCE_MS) throw new Error(`${tally.started - tally.ended} cells unanswered`);
    }
  };
  const settled = async (children = Infinity): Promise<Holdings> => {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      // Executors throw isolates away, and the gateway answers to closed sockets, in quiet moments.
      await delay(1_000);
      const held = await gateway.holdings();
      const isWhole = held.children >= held.executors.length;
      if ((isWhole && held.children <= children) || performance.now() > until) return held;
    }
  };

  await stopAt(() => elapsedMs() >= warmUpMs || tally.started >= cells);
  const warm = await settled();
  rss = [];
  show("warm", warm);
  await stopAt(() => elapsedMs() >= durationMs || tally.started >= cells);
  const end = await settled(warm.children);
  show("settled", end);

  compare(tally, { growth, warm, end, rss });
  for (const why of lost.slice(tally.costly)) tally.problem(`more executors were lost than cells could cost: ${why}`);
  for (const error of end.errors) tally.problem(error);
  for (const problem of await gateway.stop()) tally.problem(problem);
  return { cells: tally.ended, ends: tally.ends, problems: tally.problems };
}

/** What is compared: what was held at rest, warm and at the end, and the course of the gateway's memory in between. */
interface Compared extends Pick<SoakOptions, "growth"> {
  readonly warm: Holdings;
  readonly end: Holdings;
  readonly rss: readonly number[];
}

function compare(tally: Tally, { growth, warm, end, rss }: Compared): void {
  const unanswered = tally.started - tally.ended;
  if (unanswered > 0) tally.problem(`${unanswered} cells have no outcome`);
  const grows = (what: string, from: number, to: number) => {
    if (to > from * growth) tally.problem(`${what} grew from ${MB(from)} to ${MB(to)} MB`);
  };
  const course = courseOf(rss);
  grows("rss", course.from, course.to);
  grows("heap", warm.heapUsed, end.heapUsed);
  for (const what of ["descriptors", "children"] as const) {
    if (end[what] > warm[what]) tally.problem(`${what} grew from ${warm[what]} to ${end[what]}`);
  }
}

function line(held: Holdings, tally: Tally, lost: readonly string[]): string {
  const memory = `rss ${MB(held.rss)} MB, heap ${MB(held.heapUsed)} MB`;
  const open = `${held.descriptors} descriptors, ${held.children} processes`;
  return `${String(tally.ended).padStart(7)} cells, ${memory}, ${open}, ${lost.length} executors lost`;
}

function MB(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
