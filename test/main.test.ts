import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { optionTable } from "../src/option-table.ts";
import { untilGone } from "./executor/process-signs.ts";
import { CellgateProcess } from "./support/cellgate-process.ts";
import { rawSocket, upgradeHead } from "./support/raw-request.ts";
import { RawTurn } from "./support/raw-turn.ts";
import { TemporaryFile } from "./support/temporary-file.ts";

const token = "a-token-of-the-test";

/** A process of the command line. It is killed when the test has ended. */
class Cellgate extends CellgateProcess {
  constructor(args: readonly string[], environment?: Record<string, string>) {
    super(args, environment);
    onTestFinished(() => void this.child.kill("SIGKILL"));
  }

  async open(with_ = token): Promise<RawTurn> {
    const turn = await RawTurn.open({ url: await this.url(), token: with_ });
    onTestFinished(() => turn.socket.terminate());
    return turn;
  }
}

const gone = (pid: number): Promise<number> => untilGone(pid, 10_000);

const serving = (...args: string[]) =>
  new Cellgate(["--port", "0", "--executors", "2", ...args], { CELLGATE_TOKEN: token });

describe("when it is ready it prints its URL and that of the dashboard", () => {
  test("with the token that it made, which works", async () => {
    const cellgate = new Cellgate(["--port=0"], { CELLGATE_EXECUTORS: "1" });
    const lines = await cellgate.ready();
    const [, port, made] = /^cellgate is ready at ws:\/\/127\.0\.0\.1:(\d+)\/v1\/turn with token ([\w-]{32})\n/.exec(
      lines,
    )!;
    expect(lines).toContain(`\nIts dashboard is at http://127.0.0.1:${port}/#token=${made}\n`);
    const turn = await cellgate.open(made);
    expect((await turn.hello()).turn).toBe(1);
    await expect(cellgate.open(`${made}x`)).rejects.toThrow("401");
    // The spare may have been started.
    expect([1, 2]).toContain(cellgate.executors().length);
  });

  test.each([
    ["a flag", ["--token", token], {}],
    ["the environment", [], { CELLGATE_TOKEN: token }],
  ])("without the token that it was given by %s", async (_, args, environment: Record<string, string>) => {
    const cellgate = new Cellgate(["--port", "0", "--executors=1", "--host", "127.0.0.1", ...args], environment);
    const printed = String.raw`^cellgate is ready at ws://127\.0\.0\.1:(\d+)/v1/turn\nIts dashboard is at http://127\.0\.0\.1:\1/\n$`;
    expect(await cellgate.ready()).toMatch(new RegExp(printed));
    expect((await (await cellgate.open()).hello()).turn).toBe(1);
  });
});

test("on SIGHUP it reads its tokens file again, and disconnects nobody", async () => {
  const file = await TemporaryFile.with([{ name: "a", token }]);
  const cellgate = new Cellgate(["--port=0", "--executors=1", "--tokens-file", file.path]);
  expect(await cellgate.ready()).not.toContain("token");
  const turn = await cellgate.open();
  await turn.hello();
  await file.write([{ name: "a", token: "another-token-of-the-test" }]);
  cellgate.child.kill("SIGHUP");
  await cellgate.logged("a file was read again");
  await cellgate.open("another-token-of-the-test");
  await expect(cellgate.open()).rejects.toThrow("401");
  await turn.settle();
});

describe("it ends", () => {
  test.each([
    [
      "SIGTERM",
      ["--drain-ms", "50"],
      ["draining: no turn and no cell starts any more", "a cell ended", "a client is gone"],
    ],
    ["SIGINT", [], ["a client is gone", "a cell ended"]],
  ] as const)("on %s: turns close with 1012, no executor is left, exit 0", async (signal, flags, last) => {
    const cellgate = serving(...flags);
    const turn = await cellgate.open();
    await turn.hello();
    turn.send({ type: "execute", id: 1, source: "notify('runs'); while (true) {}" });
    await turn.next("notify");
    const executors = cellgate.executors();
    // The spare is started when the others are ready.
    expect([2, 3]).toContain(executors.length);
    cellgate.child.kill(signal);
    expect((await turn.closed).code).toBe(1012);
    expect(await cellgate.exited).toEqual({ code: 0, signal: null });
    await Promise.all(executors.map(gone));
    expect(cellgate.out.match(/\n/g)).toHaveLength(2);
    const lines = cellgate.err.trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      "a client connected",
      "a turn was opened",
      ...last,
    ]);
  });

  test("on SIGTERM when its cells have ended by themselves", async () => {
    const cellgate = serving();
    const turn = await cellgate.open();
    await turn.hello({ tools: [{ name: "t", description: "" }] });
    turn.send({ type: "execute", id: 1, source: "text(await tools.t())", yieldMs: null });
    const { callId } = await turn.next("tool_call");
    cellgate.child.kill("SIGTERM");
    await turn.next("drain");
    turn.send({ type: "tool_result", callId, value: "the end" });
    expect((await turn.next("result")).content).toEqual([{ type: "text", text: "the end" }]);
    expect((await turn.closed).code).toBe(1012);
    expect(await cellgate.exited).toEqual({ code: 0, signal: null });
  });

  test("at once on a second signal, though a client does not answer", async () => {
    const cellgate = serving();
    const deaf = await rawSocket(await cellgate.url());
    const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    deaf.write(upgradeHead("/v1/turn", headers));
    await once(deaf, "data");
    const executors = cellgate.executors();
    cellgate.child.kill("SIGTERM");
    await once(deaf, "data");
    cellgate.child.kill("SIGTERM");
    expect(await cellgate.exited).toEqual({ code: 1, signal: null });
    await Promise.all(executors.map(gone));
    deaf.destroy();
  });

  test("with its executors, even where it is killed", async () => {
    const cellgate = serving();
    const turn = await cellgate.open();
    await turn.hello();
    turn.send({ type: "execute", id: 1, source: "notify('runs'); while (true) {}" });
    await turn.next("notify");
    const executors = cellgate.executors();
    cellgate.child.kill("SIGKILL");
    expect((await turn.closed).code).toBe(1006);
    await Promise.all(executors.map(gone));
  });
});

test("it logs JSON lines, in which no token is, and as much as it is told to", async () => {
  const cellgate = serving("--log-level", "warn");
  const turn = await cellgate.open();
  const { sessionToken } = await turn.hello();
  await expect(cellgate.open(`${token}-wrong`)).rejects.toThrow("401");
  turn.send({ type: "hello" });
  await turn.close();
  cellgate.child.kill("SIGTERM");
  await cellgate.exited;
  const lines = cellgate.err.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 40,
      time: expect.any(String),
      status: 401,
      reason: "the token is missing or wrong",
      msg: "a client was refused",
    },
  ]);
  for (const secret of [token, sessionToken]) expect(cellgate.err).not.toContain(secret);
});

describe("it does not start", () => {
  test("on a port that is taken: exit 1, and the message says which", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const cellgate = new Cellgate(["--port", `${port}`]);
    expect(await cellgate.exited).toEqual({ code: 1, signal: null });
    expect(cellgate.err).toMatch(
      new RegExp(`^cellgate: cannot listen on 127\\.0\\.0\\.1:${port}: listen EADDRINUSE: .*\n$`),
    );
    expect(cellgate.out).toBe("");
    server.close();
  });

  test("with a tokens file that is faulty: exit 1, and the message says where", async () => {
    const file = await TemporaryFile.with([{ name: "a", token }, { name: "b" }]);
    const cellgate = new Cellgate(["--port", "0", "--tokens-file", file.path]);
    expect(await cellgate.exited).toEqual({ code: 1, signal: null });
    expect(cellgate.err).toBe(`cellgate: ${file.path}: [1]: expected token or tokenSha256\n`);
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ["an unknown flag", ["--prot", "1"], {}, "--prot"],
    ["a value that cannot be", ["--port", "x"], {}, "--port (CELLGATE_PORT): expected a whole number"],
    ["a variable that cannot be", [], { CELLGATE_CELLS: "many" }, "--cells (CELLGATE_CELLS): expected a whole number"],
    ["another address without a token", ["--host", "0.0.0.0"], {}, "--host (CELLGATE_HOST): expected a token"],
  ])("with %s: exit 2, and the message says what was expected", async (_, args, environment, message) => {
    const cellgate = new Cellgate(args, environment);
    expect(await cellgate.exited).toEqual({ code: 2, signal: null });
    expect(cellgate.err).toContain(`cellgate: `);
    expect(cellgate.err).toContain(message);
    expect(cellgate.err).toMatch(/\nSee cellgate --help\.\n$/);
    expect(cellgate.out).toBe("");
  });
});

test.each(["--help", "-h"])("%s lists all options and exits 0", async (flag) => {
  const cellgate = new Cellgate([flag, "--port", "x"]);
  expect(await cellgate.exited).toEqual({ code: 0, signal: null });
  for (const { flag: name, variable } of optionTable) {
    expect(cellgate.out).toContain(`--${name} `);
    expect(cellgate.out).toContain(variable);
  }
});

test("it goes on when nobody reads what it logs", async () => {
  const cellgate = serving();
  const turn = await cellgate.open();
  await turn.hello();
  turn.send({ type: "execute", id: 1, source: "notify('runs'); await new Promise(() => {})" });
  await turn.next("notify");
  cellgate.child.stderr!.destroy();
  for (const pid of cellgate.executors()) process.kill(pid, "SIGKILL");
  expect((await turn.next("result")).error?.code).toBe("executor_lost");
  await turn.settle();
  cellgate.child.kill("SIGTERM");
  expect(await cellgate.exited).toEqual({ code: 0, signal: null });
});
