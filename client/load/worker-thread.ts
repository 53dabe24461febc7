import { Worker } from "node:worker_threads";
import type { WorkerOrder, WorkerReport, WorkerTask } from "./worker-messages.ts";

/** The sources run as they are, and the build as JavaScript. */
const program = new URL(import.meta.url.endsWith(".ts") ? "worker.ts" : "worker.js", import.meta.url);

/** A worker, seen from the main thread. It ends with the process, whatever becomes of that. */
export class WorkerThread {
  /** Rejects where the worker fails, and resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;

  /** `hear` is told what it reports. */
  constructor(task: WorkerTask, hear: (report: WorkerReport) => void) {
    this.#worker = new Worker(program, { workerData: task, execArgv: [] });
    this.#worker.on("message", hear);
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", () => resolve());
    });
  }

  tell(order: WorkerOrder): void {
    this.#worker.postMessage(order);
  }

  /** Ends it at once. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
