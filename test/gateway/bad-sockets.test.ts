import { beforeAll, describe, expect, test } from "vitest";
import { opcodes, rawFrame } from "../support/raw-frame.ts";
import type { RawTurn } from "../support/raw-turn.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const gateway = sharedGateway();
let witness: RawTurn;
let cells = 0;

beforeAll(async () => {
  witness = await gateway().open();
  await witness.hello();
});

/** Another socket goes on: it runs a cell. */
async function expectOthersGoOn(): Promise<void> {
  cells += 1;
  witness.send({ type: "execute", id: cells, source: `text(${cells})` });
  const { content, seq } = await witness.next("result", { id: cells });
  expect(content).toEqual([{ type: "text", text: `${cells}` }]);
  witness.ack(seq);
}

describe("a frame over 4 MiB closes its socket with 1009, and nothing else happens", () => {
  test.each(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)("over %s", async (subprotocol) => {
    const turn = await gateway().open(subprotocol);
    const { sessionId, sessionToken } = await turn.hello();
    turn.send({ type: "execute", id: 1, source: "const wait = new Promise(() => {}); await wait" });
    const { cellId } = await turn.next("started");
    turn.send({ type: "execute", id: 2, source: "x".repeat(5_000_000) });
    expect((await turn.closed).code).toBe(1009);
    await expectOthersGoOn();
    const next = await gateway().open(subprotocol);
    expect((await next.hello({ sessionId, sessionToken })).cells).toMatchObject([{ cellId, state: "running" }]);
    next.send({ type: "end_session", id: 1 });
    expect((await next.closed).code).toBe(1000);
  });

  test("one of exactly 4 MiB is read", async () => {
    const turn = await gateway().open("cellgate.v1.json");
    await turn.hello();
    const frame = '{"type":"execute","id":1,"source":""}';
    turn.sendRaw(frame.replace('""', `"${"x".repeat((4 << 20) - frame.length)}"`));
    expect(await turn.next("error")).toMatchObject({ id: 1, code: "source_too_large" });
    await turn.close();
  });
});

describe("a socket that is cut at any place leaves its session alive, and all others too", () => {
  const half = rawFrame(opcodes.text, '{"type":"hello"}');
  test.each<[string, Buffer]>([
    ["right after the handshake", Buffer.alloc(0)],
    ["in a frame's head", half.subarray(0, 5)],
    ["in the middle of a frame", half.subarray(0, 15)],
    ["between the fragments of a message", rawFrame(opcodes.text, "{", { fin: false })],
    ["with megabytes missing", rawFrame(opcodes.text, "{", { length: 3n << 20n })],
  ])("%s", async (_, bytes) => {
    for (const cut of ["destroy", "resetAndDestroy"] as const) {
      const client = await RawWebSocket.open(gateway());
      await client.send(bytes);
      client.socket[cut]();
      await expectOthersGoOn();
    }
  });

  test("in the middle of a request, with a cell that runs", async () => {
    const turn = await gateway().open();
    const { sessionId, sessionToken } = await turn.hello();
    turn.send({ type: "execute", id: 1, source: "text('kept'); await new Promise((done) => setTimeout(done, 1))" });
    await turn.next("started");
    turn.socket.terminate();
    await expectOthersGoOn();
    const next = await gateway().open();
    const [cell] = (await next.hello({ sessionId, sessionToken })).cells;
    next.send({ type: "wait", id: 1, cellId: cell!.cellId });
    expect((await next.next("result")).content).toEqual([{ type: "text", text: "kept" }]);
    await next.close();
  });
});
