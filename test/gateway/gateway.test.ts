import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { startGateway } from "../../src/index.ts";
import { isAlive } from "../executor/process-signs.ts";
import { rawRequest, rawSocket, upgradeHead } from "../support/raw-request.ts";
import { runningGateway } from "../support/running-gateway.ts";

describe("listening", () => {
  test.each([
    ["127.0.0.1", /^ws:\/\/127\.0\.0\.1:\d+\/v1\/turn$/],
    ["localhost", /^ws:\/\/(127\.0\.0\.1|\[::1\]):\d+\/v1\/turn$/],
    ["::1", /^ws:\/\/\[::1\]:\d+\/v1\/turn$/],
  ])("on %s resolves to a URL that works", async (host, url) => {
    const gateway = await runningGateway({ host });
    expect(gateway.url).toMatch(url);
    expect((await (await gateway.open()).hello()).turn).toBe(1);
  });

  test("on a port that is taken rejects, and leaves no executor behind", async () => {
    const { url } = await runningGateway();
    const port = Number(new URL(url).port);
    await expect(startGateway({ port, executors: 1 })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("closing", () => {
  test("closes all turns with 1012, ends the executors with their cells, and stops listening", async () => {
    const gateway = await runningGateway({ executors: 2 });
    const turns = [await gateway.open(), await gateway.open("cellgate.v1.json"), await gateway.open()];
    await Promise.all(turns.slice(1).map((turn) => turn.hello()));
    turns[1]!.send({ type: "execute", id: 1, source: "while (true) {}" });
    await turns[1]!.next("started");
    const pids = gateway.executorPids();
    expect(pids.map(isAlive)).toEqual([true, true]);
    await gateway.close();
    expect(await Promise.all(turns.map((turn) => turn.closed))).toEqual(
      turns.map(() => ({ code: 1012, reason: "the gateway is going down" })),
    );
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(gateway.executorPids()).toEqual([]);
    await expect(rawSocket(gateway.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("does not wait for long for clients that say nothing, do not answer, or keep their half open", async () => {
    const gateway = await runningGateway();
    const offer = { "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const heads = [
      upgradeHead("/v1/turn", { Authorization: `Bearer ${gateway.token}`, ...offer }),
      upgradeHead("/v1/turn", offer),
      upgradeHead("/v1/turn", { Authorization: "Bearer wrong", ...offer }),
      upgradeHead("/nowhere"),
      "GET /v1/turn HTTP/1.1\r\n",
    ];
    const silent = await rawSocket(gateway.url);
    const sockets = await Promise.all(
      heads.map(async (head) => {
        const socket = await rawSocket(gateway.url);
        socket.write(head);
        if (head.includes("Upgrade")) await once(socket, "data");
        return socket;
      }),
    );
    await gateway.close();
    for (const socket of [silent, ...sockets]) socket.destroy();
  });

  test("is not disturbed by a client that comes meanwhile, and breaks the protocol at once", async () => {
    const gateway = await runningGateway();
    const [deaf, late] = [await rawSocket(gateway.url), await rawSocket(gateway.url)];
    const headers = { Authorization: `Bearer ${gateway.token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
    const head = upgradeHead("/v1/turn", headers);
    deaf.write(head);
    await once(deaf, "data");
    // Half of a request, so that it is no idle connection, which a closing server ends; and a sign that it was read.
    late.write(head.slice(0, 30));
    await rawRequest(gateway.url, "GET /healthz HTTP/1.0\r\n\r\n");
    const closed = gateway.close();
    late.write(head.slice(30));
    late.end(Buffer.alloc(4, 0xff));
    const [answer] = (await once(late, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
    await closed;
    for (const socket of [deaf, late]) socket.destroy();
  });

  test("twice is closing once", async () => {
    const gateway = await runningGateway();
    const turn = await gateway.open();
    await Promise.all([gateway.close(), gateway.close(), turn.closed]);
    await gateway.close();
  });
});

describe("a lost executor", () => {
  test("is logged and replaced, and its cells end with executor_lost", async () => {
    const gateway = await runningGateway();
    const turn = await gateway.open();
    await turn.hello();
    // A process that dies before it is ready is replaced later: this one has run a part of its cell.
    turn.send({ type: "execute", id: 1, source: "notify('ready'); await new Promise(() => {})" });
    await turn.next("notify");
    const [pid] = gateway.executorPids();
    process.kill(pid!, "SIGKILL");
    expect((await turn.next("result", { id: 1 })).error).toMatchObject({
      code: "executor_lost",
      message: "exec runtime ended unexpectedly",
    });
    turn.send({ type: "execute", id: 2, source: "text('again')" });
    expect((await turn.next("result", { id: 2 })).content).toEqual([{ type: "text", text: "again" }]);
    expect(gateway.log.filter((line) => line.startsWith("an executor was lost why=SIGKILL"))).toHaveLength(1);
    expect(gateway.executorPids()).not.toContain(pid);
  });
});
