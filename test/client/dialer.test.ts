import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hostVocabulary } from "../../client/vocabulary.ts";
import { Dialer, type DialOptions } from "../../client/dialer.ts";
import { bearerSubprotocol } from "../../client/address.ts";
import type { WebSocketConstructor } from "../../client/web-socket.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { ScriptedSocket } from "./scripted-socket.ts";

const hello = { type: "hello" } as const;
const welcome = new FakeGateway().welcomeFrame();

let sockets: ScriptedSocket[];

const WebSocket = function (url: string, subprotocols: string[]) {
  const socket = new ScriptedSocket(url, subprotocols);
  sockets.push(socket);
  return socket;
} as unknown as WebSocketConstructor;

const dialer = (token: DialOptions["token"], connectTimeoutMs?: number) =>
  new Dialer("ws://host", hostVocabulary, { token, connectTimeoutMs, subprotocol: "cellgate.v1.json", WebSocket });

/** The token that each socket showed. */
const shown = () => sockets.map(({ subprotocols }) => subprotocols[1]);

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a token function", () => {
  test("is asked anew for each connection, and may take its time", async () => {
    let asked = 0;
    const renewing = dialer(async () => {
      asked += 1;
      await Promise.resolve();
      return `token ${asked}`;
    });
    expect(renewing.renewsToken).toBe(true);
    for (let dials = 1; dials <= 2; dials++) {
      const dialled = renewing.dial(hello, (_, { turn }) => turn);
      await vi.advanceTimersByTimeAsync(0);
      sockets.at(-1)?.emit("open", undefined);
      sockets.at(-1)?.say(welcome);
      expect(await dialled).toBe(3);
    }
    expect(shown()).toEqual([bearerSubprotocol("token 1"), bearerSubprotocol("token 2")]);
  });

  test("may return a token at once", async () => {
    void dialer(() => "plain").dial(hello, () => {});
    await vi.advanceTimersByTimeAsync(0);
    expect(shown()).toEqual([bearerSubprotocol("plain")]);
  });

  test.each<[string, () => Promise<string>]>([
    [
      "throws",
      () => {
        throw new Error("no token");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no token"))],
  ])("that %s fails the connection with its error, and no socket is made", async (_, token) => {
    await expect(dialer(token).dial(hello, () => {})).rejects.toThrow("no token");
    expect(sockets).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that takes too long fails it when the time is up, and no socket is made later", async () => {
    const token = Promise.withResolvers<string>();
    const dialled = dialer(() => token.promise, 50)
      .dial(hello, () => {})
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(await dialled).toMatchObject({ code: "connect_timeout", retryable: true });
    token.resolve("late");
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets).toEqual([]);
  });
});

test("a dial that is taken back closes its socket, and hears nothing more", async () => {
  const controller = new AbortController();
  const dialled = dialer("t").dial(hello, () => expect.unreachable(), controller.signal);
  controller.abort(new Error("enough"));
  await expect(dialled).rejects.toThrow("enough");
  expect(sockets[0]?.closedWith).toEqual([[1000, ""]]);
  sockets[0]?.emit("open", undefined);
  sockets[0]?.say(welcome);
});
