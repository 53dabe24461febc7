import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { FaultProxy } from "../support/fault-proxy.ts";
import { rawSocket, upgradeHead } from "../support/raw-request.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { runningGateway, type TestGateway } from "../support/running-gateway.ts";
import { CellTurn, printTime, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const MiB = 1024 * 1024;

/** The same turn over another socket, and whether it came without a gap. */
async function resumed(gateway: TestGateway, { welcome }: CellTurn, lastSeq: number) {
  const next = await gateway.open();
  const { sessionId, sessionToken, turn } = welcome;
  return { next, welcome: await next.hello({ sessionId, sessionToken, turn, lastSeq }) };
}

describe("a client that does not read", () => {
  test("is closed with 4431 when nothing moves for its time, and gets everything when it comes back", async () => {
    const gateway = await runningGateway({ limits: { stalledMs: 300 } });
    const turn = await CellTurn.open(gateway);
    const { id, callId } = await turn.startAndHold(
      `await tools.hold(); for (let n = 0; n < 12; n++) text(String(n).padEnd(${MiB})); notify("told")`,
    );
    const read = turn.raw.frames.length - 1;
    turn.raw.socket.pause();
    turn.release(callId);
    // It sees its end only by writing, as it does not read.
    const other = await gateway.open();
    await other.hello();
    while (turn.raw.socket.readyState === WebSocket.OPEN) {
      turn.raw.send({ type: "ping" });
      await other.settle();
    }
    const { next, welcome } = await resumed(gateway, turn, read);
    expect(welcome.resumed).toBe(true);
    await next.next("result", { id });
    const texts = textsOf(next.frames.flatMap((frame) => ("content" in frame ? frame.content : [])));
    expect(texts.join("").replaceAll(" ", "")).toBe("01234567891011");
    expect((await next.next("notify")).text).toBe("told");
  });
});

/**
 * A line of 300 KB a second, ten times as fast, and a gateway that waits for 3 s and not for 10: the system takes some 2 MB
 * at a time when there is a proxy, and on a busy machine the line is slower than it should be.
 */
async function slowLine() {
  const gateway = await runningGateway({ limits: { stalledMs: 3_000 } });
  const proxy = await FaultProxy.start(gateway.url);
  proxy.pace.gateway.bytesPerSecond = 3_000_000;
  const slow = { ...gateway, url: proxy.url, open: () => RawTurn.open({ ...gateway, url: proxy.url }) };
  return { gateway, slow };
}

describe("a client on a slow line", () => {
  test("gets its answers of 4 MiB, however long they take, and is not closed", async () => {
    const { slow } = await slowLine();
    const states: string[] = [];
    const turn = await sdkTurn(slow, { onState: ({ state }) => void states.push(state) });
    const asked = performance.now();
    const numbers = [1, 2, 3];
    const outcomes = await Promise.all(numbers.map((n) => turn.run(`text("${n}".repeat(${4 * MiB}))`)));
    const took = performance.now() - asked;
    expect(outcomes.map(({ text }) => [text[0], text.length])).toEqual(numbers.map((n) => [`${n}`, 4 * MiB]));
    printTime("12 MiB over a line of 3 MB a second, by a gateway that waits for 3 s", took, 4_200);
    expect(took).toBeGreaterThan(4_000);
    expect(states).toEqual(["connecting", "open"]);
  });

  test("that stops reading is closed with 4431, once the systems in between are full", async () => {
    const { gateway, slow } = await slowLine();
    const turn = await CellTurn.open(slow);
    await turn.next("ok", { id: turn.ask({ type: "replace_stored_values", values: { k: "x".repeat(MiB - 100) } }) });
    for (let count = 0; count < 200; count++) turn.ask({ type: "stored_values" });
    await turn.next("stored_values");
    turn.raw.socket.pause();
    const other = await gateway.open();
    await other.hello();
    const isClosed = () => gateway.log.some((line) => /^a client is gone .*code=4431/.test(line));
    while (!isClosed()) await other.settle();
    turn.raw.socket.terminate();
  }, 60_000);
});

describe("a socket that has fallen silent", () => {
  test("is closed with 4440, and one that answers pings is not", async () => {
    const gateway = await runningGateway({ limits: { heartbeatMs: 100, pongMs: 400 } });
    const living = await gateway.open();
    await living.hello();
    const socket = await rawSocket(gateway.url);
    const headers = { Authorization: `Bearer ${gateway.token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    socket.write(upgradeHead("/v1/turn", headers));
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    await once(socket, "end");
    const bytes = Buffer.concat(received);
    // In the close frame.
    expect(bytes.includes(Buffer.from([4440 >> 8, 4440 & 0xff]))).toBe(true);
    expect(bytes.indexOf(Buffer.from([0x89, 0])), "a ping came before").toBeGreaterThan(0);
    socket.destroy();
    await living.settle();
  });
});

test("requests that are piled up by one client, with large answers, leave others their turn, and are all answered", async () => {
  const gateway = await runningGateway();
  const turn = await CellTurn.open(gateway);
  const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, "x".repeat(2_000)]));
  await turn.next("ok", { id: turn.ask({ type: "replace_stored_values", values }) });
  const other = await gateway.open();
  await other.hello();
  const ids = Array.from({ length: 100 }, () => turn.ask({ type: "stored_values" }));
  const start = performance.now();
  await other.settle();
  const waited = performance.now() - start;
  await turn.next("stored_values", { id: ids.at(-1)! });
  const all = performance.now() - start;
  printTime("a ping beside 200 MB of answers that were asked for at once", waited, 100);
  expect(waited).toBeLessThan(all / 2);
  expect(turn.raw.frames.filter(({ type }) => type === "stored_values")).toHaveLength(100);
});
