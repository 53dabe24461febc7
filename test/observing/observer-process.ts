import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What an observer saw. */
export interface ObserverReport {
  readonly seen: number;
  readonly dropped: number;
}

/** Somebody who watches a session. */
export interface SessionObserver {
  /** Resolves when it has seen so many frames, or heard that they are lost. It watches no more then. */
  sawAll(frames: number): Promise<ObserverReport>;
}

/** An observer in a process of its own. */
export class ObserverProcess implements SessionObserver {
  readonly #child: ChildProcess;

  /** Resolves when it watches. */
  static async start({ url, token }: { url: string; token: string }, sessionId: string): Promise<ObserverProcess> {
    const program = fileURLToPath(new URL("observer-program.ts", import.meta.url));
    const child = fork(program, [url, token, sessionId]);
    await once(child, "message");
    return new ObserverProcess(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  async sawAll(frames: number): Promise<ObserverReport> {
    this.#child.send(frames);
    const [report] = (await once(this.#child, "message")) as [ObserverReport];
    return report;
  }
}
