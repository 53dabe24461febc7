import { once } from "node:events";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { rawSocket, upgradeHead } from "../support/raw-request.ts";
import type { RawTurn } from "../support/raw-turn.ts";
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

/** A socket after its handshake, on which the test writes the bytes of WebSocket frames itself. */
async function handshaken(): Promise<Socket> {
  const socket = await rawSocket(gateway().url);
  const headers = { Authorization: `Bearer ${gateway().token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
  socket.write(upgradeHead("/v1/turn", headers));
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(head.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

/** A frame as a client writes it, masked with zeros. */
function frame(
  opcode: number,
  payload: string | Buffer,
  { fin = true, length }: { fin?: boolean; length?: number } = {},
) {
  const body = Buffer.from(payload as string);
  const head = Buffer.alloc(14);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(length ?? body.length), 2);
  return Buffer.concat([head, body]);
}

/** The code of the close frame that the gateway sends. */
async function closeCode(socket: Socket): Promise<number> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    // Frames of a gateway that has said nothing yet: errors at most, which are short.
    for (let at = 0; at + 4 <= received.length;) {
      if (received[at] === 0x88) return received.readUInt16BE(at + 2);
      const short = received[at + 1]!;
      at += short < 126 ? 2 + short : 4 + received.readUInt16BE(at + 2);
    }
  }
  return 1006;
}

describe("a socket that breaks the WebSocket protocol is closed, and all others go on", () => {
  const text = 1;
  const hello = '{"type":"hello"}';
  test.each<[string, Buffer, number]>([
    ["a frame that is not masked", Buffer.concat([Buffer.from([0x81, hello.length]), Buffer.from(hello)]), 1002],
    ["a reserved bit", Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ["an opcode that nothing has", frame(3, hello), 1002],
    ["a continuation of nothing", frame(0, hello), 1002],
    ["a new message within another", Buffer.concat([frame(text, "{", { fin: false }), frame(text, "}")]), 1002],
    ["a ping in pieces", Buffer.from([0x09, 0x80, 0, 0, 0, 0]), 1002],
    ["a close code that nothing has", Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0, 1]), 1002],
    ["text that is no UTF-8", frame(text, Buffer.from([0xc3, 0x28])), 1007],
    ["a length over the limit", frame(text, "", { length: (4 << 20) + 1 }), 1009],
    ["a length of 2^63", Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(12, 0x7f)]), 1009],
    [
      "fragments that are over the limit together",
      Buffer.concat([
        frame(text, "x".repeat(3 << 20), { fin: false }),
        frame(0, "x".repeat(1 << 20), { fin: false }),
        frame(0, "x", { fin: true }),
      ]),
      1009,
    ],
  ])("%s", async (_, bytes, code) => {
    const socket = await handshaken();
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(code);
    socket.destroy();
    await expectOthersGoOn();
  });
});

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
  const half = frame(1, '{"type":"hello"}');
  test.each<[string, Buffer]>([
    ["right after the handshake", Buffer.alloc(0)],
    ["in a frame's head", half.subarray(0, 5)],
    ["in the middle of a frame", half.subarray(0, 20)],
    ["between the fragments of a message", frame(1, "{", { fin: false })],
    ["with megabytes missing", frame(1, "{", { length: 3 << 20 })],
  ])("%s", async (_, bytes) => {
    for (const cut of ["destroy", "resetAndDestroy"] as const) {
      const socket = await handshaken();
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket[cut]();
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
