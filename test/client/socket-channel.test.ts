import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Closure } from "../../client/closure.ts";
import { hostVocabulary, type HostRole } from "../../client/vocabulary.ts";
import { SocketChannel } from "../../client/socket-channel.ts";
import { CodecError } from "../../src/protocol/codec-error.ts";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

const welcome = new FakeGateway().welcomeFrame();
const ok: ServerFrame = { type: "ok", id: 1, seq: 1 };

let socket: ScriptedSocket;
let channel: SocketChannel<HostRole>;
let opened: number;
let heard: [ServerFrame, number][];
let closures: Closure[];

function open(subprotocol: Subprotocol = "cellgate.v1.json"): void {
  opened = 0;
  heard = [];
  closures = [];
  socket = new ScriptedSocket("ws://host", [subprotocol]);
  channel = new SocketChannel(socket, subprotocol, hostVocabulary);
  channel.listen({
    opened: () => opened++,
    frame: (frame, bytes) => heard.push([frame, bytes]),
    closed: (closure) => closures.push(closure),
  });
  socket.emit("open", undefined);
}

beforeEach(() => {
  vi.useFakeTimers();
  open();
});

afterEach(() => {
  vi.useRealTimers();
});

describe.each<Subprotocol>(["cellgate.v1.msgpack", "cellgate.v1.json"])(
  "over %s, the socket channel",
  (subprotocol) => {
    beforeEach(() => open(subprotocol));

    test("says when it is open", () => {
      expect(opened).toBe(1);
    });

    test("hears frames, with the bytes that they took", () => {
      socket.say(ok);
      expect(heard).toEqual([[ok, expect.any(Number)]]);
      expect(heard[0]?.[1]).toBeGreaterThan(10);
    });

    test("sends frames, without what is undefined", () => {
      channel.send({ type: "ping", ack: undefined });
      channel.send({ type: "ack", seq: 7 });
      expect(socket.frames()).toStrictEqual([{ type: "ping" }, { type: "ack", seq: 7 }]);
    });

    test("refuses to send a frame over the limits, and sends nothing of it", () => {
      expect(() => channel.send({ type: "execute", id: 1, source: "x".repeat(5e6) })).toThrow(CodecError);
      expect(socket.sent).toEqual([]);
    });

    test("lives by the limits of the welcome from then on, in both directions", () => {
      const limits = { ...defaultLimits, frameBytes: 20e6, frameNodes: 200_000 };
      socket.say({ ...welcome, limits });
      channel.send({ type: "execute", id: 1, source: "x".repeat(5e6) });
      expect(socket.sent).toHaveLength(1);
      const text = "y".repeat(5e6);
      socket.say({ type: "notify", cellId: "c", text, seq: 1 }, subprotocol, limits);
      expect(heard.at(-1)?.[0]).toMatchObject({ text });
    });

    test("takes a welcome with a frameDepth that no guard can hold", () => {
      socket.say({ ...welcome, limits: { frameDepth: 1e6 } });
      socket.say(ok);
      expect(heard).toHaveLength(2);
    });

    test("ignores a frame with an unknown tag, and unknown fields", () => {
      socket.say({ type: "novelty", seq: 1 });
      socket.say({ ...ok, novelty: true });
      expect(heard.map(([frame]) => frame)).toEqual([{ ...ok, novelty: true }]);
      expect(socket.closedWith).toEqual([]);
    });

    test("closes with 4400 on a frame that fails its check, and says which and why", () => {
      socket.say({ type: "ok", id: 0, seq: 1 });
      expect(socket.closedWith).toEqual([[4400, expect.any(String)]]);
      socket.emit("close", { code: 4400, reason: "" });
      expect(closures).toMatchObject([
        {
          code: 4400,
          reason: "the gateway sent a frame that cannot be read: ok.id: expected a whole number from 1, got 0",
          retryable: false,
          cause: expect.any(CodecError),
        },
      ]);
    });

    test.each<[string, unknown]>([
      ["no frame", subprotocol === "cellgate.v1.json" ? "{" : new Uint8Array([0xc1]).buffer],
      ["the other kind of message", subprotocol === "cellgate.v1.json" ? new Uint8Array([0x80]).buffer : "{}"],
      ["neither text nor bytes", new Blob(["{}"])],
      ["nothing", null],
    ])("closes with 4400 on %s", (_, data) => {
      socket.emit("message", { data });
      expect(socket.closedWith).toEqual([[4400, expect.any(String)]]);
      socket.say(ok, subprotocol);
      expect(heard).toEqual([]);
    });
  },
);

test("asks for array buffers, which are read without waiting", () => {
  expect(socket.binaryType).toBe("arraybuffer");
});

test("hears of a close with its code and reason, once", () => {
  socket.emit("close", { code: 4409, reason: "newer" });
  socket.emit("close", { code: 1006, reason: "" });
  expect(closures).toMatchObject([{ code: 4409, reason: "newer", retryable: false }]);
});

test("keeps the cause that the socket tells", () => {
  const cause = new Error("ECONNREFUSED");
  socket.emit("error", { error: cause });
  socket.emit("close", { code: 1006, reason: "" });
  expect(closures).toMatchObject([{ code: 1006, cause }]);
});

test("a close is reported when the peer has answered it", () => {
  channel.close(1000, "");
  channel.close(4400, "again");
  expect(socket.closedWith).toEqual([[1000, ""]]);
  expect(closures).toEqual([]);
  socket.emit("close", { code: 1006, reason: "" });
  expect(closures).toMatchObject([{ code: 1000 }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a close that nobody answers is over after three seconds", () => {
  channel.close(1000, "");
  vi.advanceTimersByTime(2_999);
  expect(closures).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(closures).toMatchObject([{ code: 1000 }]);
  socket.emit("close", { code: 1006, reason: "" });
  expect(closures).toHaveLength(1);
});

test("nothing is sent or heard while it closes, and after", () => {
  channel.close(1000, "");
  socket.say(ok);
  channel.send({ type: "ping" });
  socket.emit("close", { code: 1000, reason: "" });
  socket.say(ok);
  channel.send({ type: "ping" });
  channel.close(1000, "");
  expect(heard).toEqual([]);
  expect(socket.sent).toEqual([]);
  expect(closures).toHaveLength(1);
});

test("a socket that opens while it closes does not open the channel", () => {
  socket = new ScriptedSocket();
  channel = new SocketChannel(socket, "cellgate.v1.json", hostVocabulary);
  channel.listen({ opened: () => expect.unreachable(), frame: () => {}, closed: () => {} });
  channel.close(1000, "");
  socket.emit("open", undefined);
});

test("a page that goes away is told of with the only code that a browser lets a script send for it", () => {
  channel.close(1001, "the page was put aside");
  expect(socket.closedWith).toEqual([[1000, "the page was put aside"]]);
  vi.advanceTimersByTime(3_000);
  expect(closures).toEqual([{ code: 1001, reason: "the page was put aside", retryable: true }]);
});

test("a reason on the wire is as short as a close frame demands", () => {
  channel.close(4400, "\ud83d\ude00".repeat(60));
  const reason = String(socket.closedWith[0]?.[1]);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(reason.isWellFormed()).toBe(true);
});
