import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { runningGateway } from "../support/running-gateway.ts";

const program = fileURLToPath(new URL("turn.py", import.meta.url));

/** Where Debian's packages are; and the one that the PATH has. */
const interpreters = ["/usr/bin/python3", "python3"];

const imports = "import websockets.legacy.client, msgpack";

const missing = [
  `no Python found that can "${imports}": the protocol is NOT tested with a client of another language.`,
  "On Debian: apt-get install python3-websockets python3-msgpack",
].join("\n");

/** The steps of `turn.py`, each of which prints a line. */
const steps = [
  "wrong_token",
  "hello",
  "tool_and_notification",
  "yield_and_wait",
  "list_cells",
  "stored_values",
  "refusals",
  "large_content",
  "terminate",
  "cut",
  "resume",
  "once_and_in_order",
  "cut_with_gap",
  "resume_with_gap",
  "end_session",
];

/** More than a single step may take, so that the program itself can say which one has hung. */
const TURN_MS = 60_000;

function findPython(): string | undefined {
  return interpreters.find((python) => spawnSync(python, ["-c", imports]).status === 0);
}

/** Without a Python the test fails in CI; elsewhere it is skipped, but not in silence. */
function doWithout(skip: (note: string) => never): never {
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(missing);
  return skip(missing);
}

test(
  "a Python client, written from protocol.md alone, finds a turn to be as it says",
  { timeout: TURN_MS },
  async ({ skip }) => {
    const python = findPython() ?? doWithout(skip);
    const { url, token } = await runningGateway();

    // Without bytecode: nothing is to be left beside the sources.
    const turn = spawn(python, ["-B", program, url, token], { stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void turn.kill());
    const [output, complaint, [code]] = await Promise.all([text(turn.stdout), text(turn.stderr), once(turn, "close")]);

    const expected = steps.map((step) => `ok ${step}\n`).join("");
    expect({ output, complaint, code }).toEqual({ output: expected, complaint: "", code: 0 });
  },
);
