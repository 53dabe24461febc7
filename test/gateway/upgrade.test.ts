import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { rawRequest, rawSocket, upgradeHead } from "../support/raw-request.ts";
import { RawTurn } from "../support/raw-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { bearerProtocol } from "../support/tokens.ts";

const gateway = sharedGateway();
const right = () => ({ Authorization: `Bearer ${gateway().token}` });
const request = (head: string) => rawRequest(gateway().url, head);

/** How a client that sets no headers, as a browser, is let in or refused. */
async function asBrowser(...protocols: string[]): Promise<{ echoed: string; code: number; reason: string }> {
  const socket = new WebSocket(gateway().url, protocols, { perMessageDeflate: false });
  const turn = new RawTurn(socket);
  await once(socket, "open");
  const greeted = turn.hello().then(
    () => undefined,
    () => turn.closed,
  );
  const closed = await Promise.race([greeted, turn.closed]);
  const echoed = socket.protocol;
  socket.terminate();
  return { echoed, code: 0, reason: "", ...closed };
}

describe("a client that sends the header is refused by status", () => {
  const json = { "Sec-WebSocket-Protocol": "cellgate.v1.json" };
  test.each<[string, number, string, Record<string, string>, string]>([
    ["with a wrong token", 401, "/v1/turn", { Authorization: "Bearer x", ...json }, "the token is missing or wrong"],
    ["with another scheme", 401, "/v1/turn", { Authorization: "Basic x", ...json }, "the token is missing or wrong"],
    ["at another path", 404, "/v2/turn", { ...json }, "turns connect at /v1/turn"],
    ["at a longer path", 404, "/v1/turn/", { ...json }, "turns connect at /v1/turn"],
  ])("%s: %d", async (_, status, path, headers, reason) => {
    const response = await request(upgradeHead(path, headers));
    expect([response.status, response.body]).toEqual([status, `${reason}\n`]);
    expect(response.headers.get("www-authenticate")).toBe(status === 401 ? 'Bearer error="invalid_token"' : undefined);
  });

  test("or without one, and is told how to show it", async () => {
    const response = await request(upgradeHead("/v1/turn"));
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test.each([
    ["no subprotocol", undefined],
    ["only unknown ones", "cellgate.v2.json, graphql-ws"],
  ])("with the right token and %s: 400", async (_, protocols) => {
    const headers = { ...right(), ...(protocols && { "Sec-WebSocket-Protocol": protocols }) };
    const response = await request(upgradeHead("/v1/turn", headers));
    const reason = "expected the subprotocol cellgate.v1.msgpack or cellgate.v1.json\n";
    expect([response.status, response.body]).toEqual([400, reason]);
  });
});

describe("a client that sends no header is told by close code, over a protocol that it offered", () => {
  test.each<[string, string[], string]>([
    ["without a token", ["cellgate.v1.json"], "cellgate.v1.json"],
    ["with a wrong one", [bearerProtocol("wrong"), "cellgate.v1.msgpack"], "cellgate.v1.msgpack"],
    ["over a protocol that is not ours", [bearerProtocol("wrong"), "graphql-ws"], "graphql-ws"],
  ])("%s: 4401", async (_, protocols, echoed) => {
    expect(await asBrowser(...protocols)).toEqual({ echoed, code: 4401, reason: "the token is missing or wrong" });
  });

  test("without a subprotocol of ours: 4406", async () => {
    const reason = "expected the subprotocol cellgate.v1.msgpack or cellgate.v1.json";
    expect(await asBrowser("graphql-ws", bearerProtocol(gateway().token))).toEqual({
      echoed: "graphql-ws",
      code: 4406,
      reason,
    });
  });

  test.each([
    ["it offers nothing but a token", bearerProtocol("wrong"), 401],
    ["it offers nothing", undefined, 401],
  ])("but by status where %s, since there is nothing to echo", async (_, protocols, status) => {
    const headers = protocols === undefined ? {} : { "Sec-WebSocket-Protocol": protocols };
    expect((await request(upgradeHead("/v1/turn", headers))).status).toBe(status);
  });

  test("at most 32 at a time; the others by status", async () => {
    const head = upgradeHead("/v1/turn", { "Sec-WebSocket-Protocol": "cellgate.v1.json" });
    const held = await Promise.all(Array.from({ length: 33 }, () => rawSocket(gateway().url)));
    const statuses = held.map(async (socket) => {
      socket.write(head);
      const [chunk] = (await once(socket, "data")) as [Buffer];
      return chunk.toString().split(" ")[1];
    });
    const answered = await Promise.all(statuses);
    expect(answered.filter((status) => status === "101")).toHaveLength(32);
    expect(answered.filter((status) => status === "401")).toHaveLength(1);
    // Their places are free again when the sockets are gone: the gateway cuts those that do not answer after 2 s.
    await Promise.all(
      held.map(async (socket) => {
        socket.resume();
        if (!socket.readableEnded) await once(socket, "end");
        socket.destroy();
      }),
    );
    expect(await asBrowser("cellgate.v1.json")).toMatchObject({ code: 4401 });
  });
});

describe("a client that comes from elsewhere is refused, with the token and without", () => {
  const origin = "pages of this origin may not connect (origins)";
  const host = "expected a Host of loopback, or that of an allowed origin (origins)";
  test.each<[string, Record<string, string>, string]>([
    ["a page of another origin", { Origin: "https://evil.example" }, origin],
    ["a page without one", { Origin: "null" }, origin],
    ["one that thinks that we are its own", { Origin: "http://evil.example", Host: "evil.example" }, host],
    ["one that came by another name", { Host: "evil.example:8080" }, host],
  ])("%s: by status", async (_, headers, reason) => {
    for (const token of [right(), {}]) {
      const response = await request(upgradeHead("/v1/turn", { ...token, ...headers }));
      expect([response.status, response.body]).toEqual([403, `${reason}\n`]);
    }
  });

  test("a page, which cannot see a status, by 4403", async () => {
    const options = { origin: "https://evil.example", perMessageDeflate: false };
    const protocols = ["cellgate.v1.json", bearerProtocol(gateway().token)];
    const turn = new RawTurn(new WebSocket(gateway().url, protocols, options));
    expect(await turn.closed).toEqual({ code: 4403, reason: origin });
  });

  test("but not a page of this machine", async () => {
    const headers = { ...right(), Origin: "http://localhost:5173", "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    expect((await request(upgradeHead("/v1/turn", headers))).status).toBe(101);
  });
});

describe("a client with the token is let in", () => {
  test.each<[string, string[], string]>([
    ["over msgpack", ["cellgate.v1.msgpack"], "cellgate.v1.msgpack"],
    ["over the first that we speak", ["x", "cellgate.v1.json", "cellgate.v1.msgpack"], "cellgate.v1.json"],
  ])("%s, and the token is never echoed", async (_, protocols, echoed) => {
    expect(await asBrowser(bearerProtocol(gateway().token), ...protocols)).toMatchObject({ echoed, code: 0 });
  });

  test("with a query in the URL, which means nothing", async () => {
    const headers = { ...right(), "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    expect((await request(upgradeHead("/v1/turn?token=x", headers))).status).toBe(101);
  });
});

describe("a request whose target is no URL is refused, and the gateway goes on", () => {
  const ours = () => ({ ...right(), "Sec-WebSocket-Protocol": "cellgate.v1.json" });
  test.each<[string, () => string, number]>([
    ["a target that is no URL", () => upgradeHead("//", ours()), 404],
    ["an absolute target without a host", () => upgradeHead("http://[", ours()), 404],
  ])("%s", async (_, head, status) => {
    expect((await request(head())).status).toBe(status);
    const turn = await gateway().open();
    expect((await turn.hello()).turn).toBe(1);
    await turn.close();
  });
});
