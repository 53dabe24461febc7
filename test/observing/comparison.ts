import { readFileSync } from "node:fs";
import { summarize } from "../bench/statistics.ts";
import type { GatewayProcess } from "../support/gateway-process.ts";
import { type Flow, FrameStream } from "./frame-stream.ts";
import { ObserverProcess, type ObserverReport, type SessionObserver } from "./observer-process.ts";

/** Clock ticks of /proc in a second: 100 on all Linux systems there are. */
const TICKS = 100;

/** One round of a stream. */
export interface Round {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Share of a core that the gateway's process took. */
  readonly cpu: number;
  /** Absent: nobody watched. */
  readonly observer?: ObserverReport | undefined;
}

/** The same stream without and with an observer, in turns. */
export interface Comparison {
  readonly alone: readonly Round[];
  readonly observed: readonly Round[];
}

/** Measures `run` in rounds, every other one with an observer on all frames: by default one in a process of its own. */
export async function compare(
  gateway: GatewayProcess,
  rounds: number,
  run: (stream: FrameStream) => Promise<Flow>,
  watch: (sessionId: string) => Promise<SessionObserver> = (sessionId) => ObserverProcess.start(gateway, sessionId),
): Promise<Comparison> {
  const stream = await FrameStream.open(gateway);
  const [alone, observed]: [Round[], Round[]] = [[], []];
  try {
    // What is compiled on the way is no part of it.
    await run(stream);
    for (let round = 0; round < rounds; round++) {
      alone.push(await measure(gateway, stream, run));
      const observer = await watch(stream.sessionId);
      const measured = await measure(gateway, stream, run);
      observed.push({ ...measured, observer: await observer.sawAll(measured.frames) });
    }
  } finally {
    stream.close();
  }
  return { alone, observed };
}

/** How much less the observed had: 0.1 is ten percent. */
export function lossOf({ alone, observed }: Comparison): number {
  const median = (rounds: readonly Round[]) =>
    summarize(
      rounds.map(({ framesPerSecond }) => framesPerSecond),
      "more",
    )?.median ?? 0;
  return 1 - median(observed) / median(alone);
}

async function measure(
  { pid }: GatewayProcess,
  stream: FrameStream,
  run: (stream: FrameStream) => Promise<Flow>,
): Promise<Round> {
  const [began, cpu] = [performance.now(), cpuSeconds(pid)];
  const { frames, framesPerSecond, latencies } = await run(stream);
  const used = (cpuSeconds(pid) - cpu) / ((performance.now() - began) / 1_000);
  const { median = Number.NaN, p99 = Number.NaN } = summarize(latencies, "less") ?? {};
  return { frames, framesPerSecond, medianMs: median, p99Ms: p99, cpu: used };
}

/** Of a process, in user and kernel. See proc(5). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
