import { Socket } from "node:net";
import ivm from "isolated-vm";
import { startBareCell } from "./bare-cell.ts";
import { FramePipe } from "./frame-pipe.ts";
import type { RelayCommand } from "./relay-messages.ts";

/** Runs cells for the relay, with which it talks on descriptor 3: one after the other, but for those that wait. */

/** Contexts in an isolate; many dead ones would cost it pauses for their collection. */
const contexts = 30;

/** An isolate, and how many of its cells have not ended. */
interface Shared {
  readonly isolate: ivm.Isolate;
  started: number;
  live: number;
}

const socket = new Socket({ fd: 3 });
socket.on("close", () => process.kill(process.pid, "SIGKILL"));
const pipe = new FramePipe(socket, socket, (message) => obey(message as RelayCommand));
const answers = new Map<number, (id: number, json: string) => void>();
let shared = freshIsolate();

function freshIsolate(): Shared {
  return { isolate: new ivm.Isolate({ memoryLimit: 64 }), started: 0, live: 0 };
}

function obey(command: RelayCommand): void {
  if (command.id === undefined) start(command.cell, command.source);
  else answers.get(command.cell)?.(command.id, command.json);
}

function start(cell: number, source: string): void {
  if (shared.started === contexts) shared = freshIsolate();
  const own = shared;
  own.started += 1;
  own.live += 1;
  const answer = startBareCell(ivm, own.isolate, source, (kind, ...rest) => {
    pipe.send([cell, kind, ...rest]);
    if (kind === "done" || kind === "failed") end(cell, own);
  });
  answers.set(cell, answer);
}

function end(cell: number, own: Shared): void {
  answers.delete(cell);
  own.live -= 1;
  if (own.live === 0 && own.started === contexts) own.isolate.dispose();
}
