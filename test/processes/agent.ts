import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type SessionAccess, type Turn } from "../../client/index.ts";
import type { AgentCommand, AgentMethod, AgentOptions, AgentReport } from "./agent-process.ts";

/** The program of an {@link AgentProcess}. */
const report = (message: AgentReport) => process.send?.(message);
const held = new Map<string, (value: unknown) => void>();
let turn: Turn | undefined;

async function open({ url, token, sessionFile, reconnect }: AgentOptions): Promise<void> {
  turn = await connect(url, {
    token,
    session: sessionFile && existsSync(sessionFile) ? readSession(sessionFile) : undefined,
    reconnect,
    tools: {
      hold: {
        description: "Waits until it is released.",
        run: (input, { callId, attempt }) => {
          report({ type: "called", callId, attempt, input });
          return new Promise((resolve) => held.set(callId, resolve));
        },
      },
    },
    onNotify: ({ text }) => void report({ type: "notified", text }),
    onCellFinished: ({ cellId }) => void report({ type: "finished", cellId }),
    onState: (event) => void report({ type: "state", event }),
    onError: (error) => void report({ type: "error", message: String(error) }),
  });
  if (sessionFile) writeFileSync(sessionFile, JSON.stringify(turn.session), { mode: 0o600 });
  report({ type: "connected", turn: turn.turn, cells: turn.cells });
}

function readSession(path: string): SessionAccess {
  return JSON.parse(readFileSync(path, "utf8")) as SessionAccess;
}

function ask(method: AgentMethod, args: readonly unknown[]): Promise<unknown> {
  if (!turn) throw new Error("asked before it was connected");
  return (turn[method] as (...args: unknown[]) => Promise<unknown>).apply(turn, [...args]);
}

process.on("message", (command: AgentCommand) => {
  switch (command.type) {
    case "connect":
      return void open(command.options);
    case "ask": {
      const { number, method, args } = command;
      const failed = ({ name, code, message }: Error & { code?: string }) =>
        report({ type: "failed", number, error: { name, code: code ?? "", message } });
      return void ask(method, args).then((value) => report({ type: "answered", number, value }), failed);
    }
    case "ask_and_die":
      return void ask(command.method, command.args).then(() => process.kill(process.pid, "SIGKILL"));
    case "release":
      return held.get(command.callId)?.(command.value);
    default:
      command satisfies never;
  }
});
// Whoever started it is gone.
process.once("disconnect", () => process.exit(1));
