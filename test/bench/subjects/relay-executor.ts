import { Socket } from "node:net";
import ivm from "isolated-vm";
import { startBareCell } from "./bare-cell.ts";
import { FramePipe } from "./frame-pipe.ts";
import type { RelayCommand, RelayReport } from "./relay-messages.ts";

/** Runs one cell after the other for the relay, with which it talks on descriptor 3. */

/** Contexts in an isolate; many dead ones would cost it pauses for their collection. */
const contexts = 30;

const socket = new Socket({ fd: 3 });
socket.on("close", () => process.kill(process.pid, "SIGKILL"));
const pipe = new FramePipe(socket, socket, (message) => obey(message as RelayCommand));
let isolate = new ivm.Isolate({ memoryLimit: 64 });
let cells = 0;
let answer: (id: number, json: string) => void = () => {};

function obey(command: RelayCommand): void {
  if (command.id !== undefined) return answer(command.id, command.json);
  cells += 1;
  if (cells % contexts === 0) {
    const worn = isolate;
    isolate = new ivm.Isolate({ memoryLimit: 64 });
    worn.dispose();
  }
  answer = startBareCell(ivm, isolate, command.source, (...said: RelayReport) => pipe.send(said));
}
