import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { StateEvent } from "../../client/index.ts";
import { startGateway, type StartOptions } from "../../src/index.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { rawRequest, upgradeHead } from "../support/raw-request.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { runningGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { bearerProtocol } from "../support/tokens.ts";
import { sdkTurn } from "./sdk-turn.ts";

const alice = "the-token-of-alice";
const bob = "the-token-of-bob-b";
const secret = "0123456789abcdef0123456789abcdef";

const entries = [
  { name: "alice", token: alice },
  { name: "bob", token: bob, sockets: 1, sessions: 1 },
  { name: "watcher", token: "the-token-of-watcher", scopes: ["observe"] },
  { name: "carol", token: "the-token-of-carol", expires: "2020-01-01T00:00:00Z" },
];

const statusFor = async (url: string, token: string) => {
  const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
  const { status, body, headers: answered } = await rawRequest(url, upgradeHead("/v1/turn", headers));
  return { status, body: body.trim(), challenge: answered.get("www-authenticate") };
};

/** How the socket of a client that can set no header is closed. */
const closeFor = (url: string, token: string) => {
  const offered = ["cellgate.v1.msgpack", bearerProtocol(token)];
  return new RawTurn(new WebSocket(url, offered, { perMessageDeflate: false })).closed;
};

async function gatewayWithTokens(options: StartOptions = {}) {
  const file = await TemporaryFile.with(entries);
  const gateway = await runningGateway({ tokensFile: file.path, jwtSecret: secret, ...options });
  const open = async (token: string) => {
    const turn = await RawTurn.open({ url: gateway.url, token });
    onTestFinished(() => turn.socket.terminate());
    return turn;
  };
  return { gateway, file, open };
}

describe("a principal has its own numbers", () => {
  test("of sockets: one more is told by status, or 4429, and a place is free when a socket is gone", async () => {
    const { gateway, open } = await gatewayWithTokens();
    const first = await open(bob);
    const reason = "the principal has 1 sockets (socketsPerPrincipal): connect again in 1000 ms";
    expect(await statusFor(gateway.url, bob)).toEqual({ status: 429, body: reason, challenge: undefined });
    expect(await closeFor(gateway.url, bob)).toEqual({ code: 4429, reason });
    await open(alice);
    await first.close();
    // The gateway may hear of the end a little later than the client: the next attempt is another request.
    const attempt = async (): Promise<void> => {
      const { status } = await statusFor(gateway.url, bob);
      if (status === 429) return attempt();
      expect(status).toBe(101);
    };
    await attempt();
  });

  test("of sockets: the SDK comes back when it was told to, and not before", async () => {
    const { gateway, open } = await gatewayWithTokens();
    const proxy = await FaultProxy.start(gateway.url);
    const lost: Extract<StateEvent, { state: "lost" }>[] = [];
    const turn = await sdkTurn(
      { ...gateway, url: proxy.url, token: bob },
      { reconnect: { baseMs: 1 }, onState: (event) => event.state === "lost" && lost.push(event) },
    );
    proxy.isDown = true;
    proxy.reset();
    const takePlace = (): Promise<RawTurn> => open(bob).catch(takePlace);
    const other = await takePlace();
    proxy.isDown = false;
    for await (const event of turn.states()) {
      if (event.state === "lost" && event.closure.code === 4429) void other.close();
      if (event.state === "resumed") break;
    }
    const told = lost.filter(({ closure }) => closure.code === 4429);
    expect(told.length).toBeGreaterThan(0);
    for (const { retryMs } of told) expect(retryMs).toBeGreaterThanOrEqual(1_000);
  });

  test("of sessions: one more closes with 1013", async () => {
    const { open } = await gatewayWithTokens();
    const first = await open(bob);
    await first.hello();
    await first.close();
    const second = await open(bob);
    second.send({ type: "hello" });
    expect(await second.closed).toEqual({ code: 1013, reason: "the principal has 1 sessions (sessionsPerPrincipal)" });
  });

  test("which are the gateway's where it was given none", async () => {
    const { gateway, open } = await gatewayWithTokens({ limits: { socketsPerPrincipal: 2 } });
    await open(alice);
    await open(alice);
    expect((await statusFor(gateway.url, alice)).status).toBe(429);
  });
});

describe("a tokens file that is read again", () => {
  test("lets new tokens in and old ones no more, and disconnects nobody", async () => {
    const { file, gateway, open } = await gatewayWithTokens();
    const connected = await open(alice);
    await connected.hello();
    await file.write([{ name: "alice", token: "a-newer-token-of-alice" }]);
    await gateway.reload();
    expect((await statusFor(gateway.url, alice)).status).toBe(401);
    await open("a-newer-token-of-alice");
    await connected.settle();
  });

  test("and is faulty changes nothing", async () => {
    const { file, gateway, open } = await gatewayWithTokens();
    await file.write(`[{ "name": "alice", "token": "${alice}" `);
    await gateway.reload();
    await open(alice);
    await open(bob);
    expect(gateway.log.filter((line) => line.includes(file.path))).toHaveLength(1);
    expect(gateway.log.join()).not.toContain(alice);
  });
});

describe("what was configured wrongly is told at the start", () => {
  test("without a gateway that would let nobody in, or anybody", async () => {
    const file = await TemporaryFile.with([{ name: "alice" }]);
    await expect(startGateway({ tokensFile: file.path })).rejects.toThrow(
      `${file.path}: [0]: expected token or tokenSha256`,
    );
    await expect(startGateway({ tokensFile: `${file.path}-not` })).rejects.toThrow("ENOENT");
  });
});

test("tokens are in no line of the log", async () => {
  const { gateway, open } = await gatewayWithTokens();
  const turn = await open(alice);
  const { sessionToken } = await turn.hello();
  await closeFor(gateway.url, `${bob}-wrong`);
  await turn.close();
  for (const token of [alice, bob, gateway.token, sessionToken, secret])
    expect(gateway.log.join()).not.toContain(token);
});
