import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { rawRequest, rawSocket, upgradeHead } from "../support/raw-request.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";

const gateway = sharedGateway();
const get = (target: string, method = "GET") => rawRequest(gateway().url, `${method} ${target} HTTP/1.0\r\n\r\n`);

/** A request for the metrics, with these headers. */
const metrics = (url: string, headers: Record<string, string> = {}) => {
  const lines = Object.entries({ Host: "localhost", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return rawRequest(url, `GET /metrics HTTP/1.0\r\n${lines.join("")}\r\n`);
};

describe("a plain request", () => {
  test.each([
    ["/healthz", 200, "ok"],
    ["/healthz?verbose", 200, "ok"],
    ["/v1/turn", 426, "turns are WebSockets: expected an upgrade"],
    ["/nothing.js", 404, "nothing here: turns connect at /v1/turn"],
    ["/v1/turn/x", 404, "nothing here: turns connect at /v1/turn"],
    ["//", 404, "nothing here: turns connect at /v1/turn"],
    ["http://[", 404, "nothing here: turns connect at /v1/turn"],
  ])("GET %s is answered %d", async (target, status, body) => {
    const response = await get(target);
    expect([response.status, response.body]).toEqual([status, `${body}\n`]);
  });

  test.each(["/healthz", "/readyz", "/metrics", "/v1/turn"])("POST %s is answered 405", async (target) => {
    const response = await get(target, "POST");
    expect([response.status, response.body, response.headers.get("allow")]).toEqual([
      405,
      "expected GET\n",
      "GET, HEAD",
    ]);
  });

  test("HEAD is answered as GET is, without a body", async () => {
    expect(await get("/healthz", "HEAD")).toMatchObject({ status: 200, body: "" });
  });

  test("426 says to what", async () => {
    expect((await get("/v1/turn")).headers.get("upgrade")).toBe("websocket");
  });

  test("what is no HTTP is answered 400", async () => {
    expect((await rawRequest(gateway().url, "\u0000\u0001\r\n\r\n")).status).toBe(400);
    expect((await get("/healthz")).status).toBe(200);
  });
});

test("/readyz is 503 until an executor is ready, and then 200", async () => {
  const running = await runningGateway();
  const ready = () => rawRequest(running.url, "GET /readyz HTTP/1.0\r\n\r\n");
  const first = await ready();
  // Its only executor takes some 70 ms to start; on a slow machine this test's request may too.
  if (first.status === 503) expect(first.body).toBe("no executor is ready\n");
  const turn = await running.open();
  await turn.hello();
  turn.send({ type: "execute", id: 1, source: "1" });
  await turn.next("result");
  expect(await ready()).toMatchObject({ status: 200, body: "ready\n" });
});

describe("/metrics", () => {
  test("needs a token with the scope observe or admin, by default", async () => {
    const file = await TemporaryFile.with([
      { name: "host", token: "the-token-of-a-host" },
      { name: "observer", token: "token-of-an-observer", scopes: ["observe"] },
      { name: "admin", token: "the-token-of-an-admin", scopes: ["admin"] },
    ]);
    const { token, url } = await runningGateway({ tokensFile: file.path });
    const statusOf = async (bearer: string) => (await metrics(url, { Authorization: `Bearer ${bearer}` })).status;
    expect(await statusOf(token)).toBe(200);
    expect(await statusOf("token-of-an-observer")).toBe(200);
    expect(await statusOf("the-token-of-an-admin")).toBe(200);
    expect(await statusOf("not-a-token-at-all")).toBe(401);
    const forbidden = await metrics(url, { Authorization: "Bearer the-token-of-a-host" });
    expect([forbidden.status, forbidden.body]).toEqual([
      403,
      "the token does not allow this: expected the scope observe or admin\n",
    ]);
    const missing = await metrics(url);
    expect([missing.status, missing.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test("is for anybody where it is open, but for pages from elsewhere", async () => {
    const { url } = await runningGateway({ metrics: "open" });
    expect((await metrics(url)).status).toBe(200);
    expect((await metrics(url, { Origin: "https://evil.example" })).status).toBe(403);
    expect((await metrics(url, { Host: "evil.example" })).status).toBe(403);
  });

  test("tells of each gateway by itself, in the form of Prometheus", async () => {
    const [one, other] = [await runningGateway({ metrics: "open" }), await runningGateway({ metrics: "open" })];
    const turn = await one.open();
    await turn.hello();
    turn.send({ type: "execute", id: 1, source: "text(1)" });
    await turn.next("result");
    const response = await metrics(one.url);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(response.body).toContain("# TYPE cellgate_connections gauge\ncellgate_connections 1\n");
    expect(response.body).toContain('cellgate_cells_total{ending="ok"} 1\n');
    expect(response.body).toContain("cellgate_execute_seconds_count 1\n");
    const [, received] = /^cellgate_received_bytes_total (\d+)$/m.exec(response.body)!;
    expect(Number(received)).toBeGreaterThan(200);
    expect((await metrics(other.url)).body).toContain("cellgate_connections 0\n");
  });
});

describe("connections that ask for nothing", () => {
  test("are closed when their time for a request is over, whether they said a part of it or not", async () => {
    const { token, url } = await runningGateway({ limits: { requestMs: 100 } });
    const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const head = upgradeHead("/v1/turn", headers);
    const silent = await rawSocket(url);
    const slow = await rawSocket(url);
    slow.write(head.slice(0, -4));
    await Promise.all([silent, slow].map(async (socket) => once(socket.resume(), "end")));
    // What was upgraded in time has all the time.
    expect((await rawRequest(url, head)).status).toBe(101);
  });

  test("are at most so many", async () => {
    const running = await runningGateway({ limits: { connections: 2 }, metrics: "open" });
    const held = [await rawSocket(running.url), await rawSocket(running.url)];
    const third = await rawSocket(running.url);
    await once(third.resume(), "end");
    const [gone] = held;
    gone!.destroy();
    await running.close();
    expect(running.log).toContain("a limit was hit limit=connections");
    for (const socket of [...held, third]) socket.destroy();
  });
});
