import { describe, expect, test } from "vitest";
import { WebSocket as WsWebSocket } from "ws";
import { connect, SessionLostError } from "../../client/index.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { textsOf } from "./cell-turn.ts";
import { held, proxiedTurn, until } from "./proxied-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

const sockets = { "the global WebSocket": undefined, "the package ws": WsWebSocket } as const;

describe.for(Object.keys(sockets) as (keyof typeof sockets)[])("a turn that is cut off, with %s", (name) => {
  test.for(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)("goes on over %s", async (subprotocol) => {
    const { tools, called, release, signals } = held();
    const started: string[] = [];
    const { proxy, turn, events } = await proxiedTurn(gateway(), { tools, subprotocol, WebSocket: sockets[name] });
    const outcome = turn.run(`text("before"); text(await tools.hold())`, { onStarted: (id) => started.push(id) });
    const cellId = await called;
    proxy.reset();
    await until(turn, "resumed");
    release("after");
    expect(textsOf((await outcome).content)).toEqual(["before", "after"]);
    expect(started).toEqual([cellId]);
    expect(signals).toHaveLength(1);
    expect(signals[0]?.aborted).toBe(false);
    expect(events.map(({ state }) => state)).toEqual(["connecting", "open", "lost", "connecting", "resumed"]);
    expect(events.at(-1)).toEqual({ state: "resumed", complete: true });
    expect(turn.turn).toBe(1);
    expect(proxy.connections).toBe(2);
  });
});

describe("a turn that is cut off", () => {
  test("hears what a cell did meanwhile: content, notifications and its end, in order and once", async () => {
    const { tools, called, release } = held();
    const heard: string[] = [];
    const { proxy, turn } = await proxiedTurn(gateway(), { tools, onNotify: ({ text }) => void heard.push(text) });
    const content: string[] = [];
    const outcome = turn.run(
      `text(await tools.hold()); for (let i = 0; i < 50; i++) { text(i); notify("n" + i); await null; }`,
      { onContent: (items) => void content.push(...textsOf(items)) },
    );
    await called;
    release("go");
    proxy.reset();
    const expected = ["go", ...Array.from({ length: 50 }, (_, index) => String(index))];
    expect(textsOf((await outcome).content)).toEqual(expected);
    expect(content).toEqual(expected);
    await turn.ping();
    expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => `n${index}`));
  });

  test("sends a tool's result that was lost on the way again, and the tool runs once", async () => {
    let runs = 0;
    const proxied = Promise.withResolvers<FaultProxy>();
    const run = async () => {
      runs += 1;
      const proxy = await proxied.promise;
      // What is sent now goes nowhere.
      proxy.reset();
      return "result";
    };
    const { proxy, turn } = await proxiedTurn(gateway(), { tools: { cut: { description: "", run } } });
    proxied.resolve(proxy);
    for (let times = 1; times <= 5; times++) {
      expect((await turn.run(`return await tools.cut()`)).text).toBe("result");
      expect(runs).toBe(times);
    }
  });

  test("has what was asked meanwhile answered when the connection is there again", async () => {
    const { proxy, turn } = await proxiedTurn(gateway());
    proxy.isDown = true;
    proxy.reset();
    await until(turn, "lost");
    const asked = [turn.run(`store("k", 1)`), turn.listCells(), turn.ping(), turn.replaceStoredValues({ a: 1 })];
    expect(turn.state).not.toBe("resumed");
    proxy.isDown = false;
    await Promise.all(asked);
    expect(await turn.storedValues()).toEqual({ a: 1, k: 1 });
  });

  test("has its waits answered that were taken from it by a yield timer meanwhile", async () => {
    const { tools, called } = held();
    const { proxy, turn } = await proxiedTurn(gateway(), { tools });
    const { cellId } = await turn.execute(`text("a"); await tools.hold()`, { yieldMs: 0 });
    await called;
    const wait = turn.wait(cellId, { yieldMs: 50 });
    await turn.ping();
    proxy.isDown = true;
    proxy.reset();
    await until(turn, "lost");
    proxy.isDown = false;
    expect(await wait).toMatchObject({ type: "yielded", cellId });
  });

  test("goes on where the gateway has not noticed that the old connection is dead", async () => {
    const { tools, called, release } = held();
    const { proxy, turn } = await proxiedTurn(gateway(), { tools });
    const outcome = turn.run(`return await tools.hold()`);
    await called;
    for (const line of proxy.lines) line.cut("client");
    await until(turn, "resumed");
    release("done");
    expect((await outcome).text).toBe("done");
    expect(turn.turn).toBe(1);
  });

  test("can be aborted, closed, and ended meanwhile", async () => {
    const { tools, called } = held();
    const { proxy, turn } = await proxiedTurn(gateway(), { tools });
    const controller = new AbortController();
    const aborted = turn.run(`await tools.hold()`, { signal: controller.signal });
    await called;
    proxy.isDown = true;
    proxy.reset();
    await until(turn, "lost");
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    proxy.isDown = false;
    while ((await turn.listCells()).length > 0);
    proxy.reset();
    await turn.endSession();
    await expect(connect(gateway().url, { token: gateway().token, session: turn.session })).rejects.toBeInstanceOf(
      SessionLostError,
    );
  });

  test("shows a new token each time where there is one", async () => {
    let asked = 0;
    const behind = gateway();
    const proxy = await FaultProxy.start(behind.url);
    const token = async () => {
      asked += 1;
      return behind.token;
    };
    const turn = await connect(proxy.url, { token, reconnect: { baseMs: 0 } });
    proxy.reset();
    await until(turn, "resumed");
    expect(asked).toBe(2);
    await turn.close();
  });
});

describe("a turn is over", () => {
  test("with a SessionLostError where the gateway was restarted meanwhile", async () => {
    const { tools, called, signals } = held();
    const old = await runningGateway();
    const { proxy, turn } = await proxiedTurn(old, { tools });
    const outcome = turn.run(`await tools.hold()`).catch((error: unknown) => error);
    await called;
    proxy.isDown = true;
    await old.close();
    const another = await runningGateway({ token: old.token });
    proxy.target = another.url;
    proxy.isDown = false;
    expect(await outcome).toBeInstanceOf(SessionLostError);
    expect(await outcome).toMatchObject({ closeCode: 4404, retryable: false });
    expect(signals[0]?.reason).toBeInstanceOf(SessionLostError);
    await expect(turn.listCells()).rejects.toBeInstanceOf(SessionLostError);
    expect(await turn.closed).toMatchObject({ code: 4404 });
  });

  test("where a newer one took the session over meanwhile, which gets its open calls", async () => {
    const { tools, called, signals } = held();
    const { proxy, turn } = await proxiedTurn(gateway(), { tools });
    const outcome = turn.run(`return await tools.hold()`).catch((error: unknown) => error);
    await called;
    proxy.isDown = true;
    proxy.reset();
    await until(turn, "lost");
    const attempts: number[] = [];
    const newer = await sdkTurn(gateway(), {
      session: turn.session,
      tools: { hold: { description: "", run: (_, { attempt }) => void attempts.push(attempt) } },
    });
    proxy.isDown = false;
    expect(await outcome).toMatchObject({ name: "ConnectionError", code: "taken_over" });
    expect(signals[0]?.aborted).toBe(true);
    const [cell] = newer.cells;
    expect((await newer.wait(cell?.cellId ?? "")).type).toBe("result");
    expect(attempts).toEqual([2]);
  });

  test("with a ConnectionError where no connection can be made in time", async () => {
    const { proxy, turn } = await proxiedTurn(gateway(), { reconnect: { maxTries: 3, baseMs: 1 } });
    const pending = turn.execute(`await new Promise(() => {})`, { yieldMs: null });
    proxy.isDown = true;
    proxy.reset();
    await expect(pending).rejects.toMatchObject({
      name: "ConnectionError",
      code: "connection_lost",
      retryable: true,
      reason: expect.stringMatching(/^given up after 3 tries/),
    });
  });
});

test("however often the connection is cut, each cell runs once, each call too, and nothing comes twice", async () => {
  const ran = new Map<string, number>();
  const heard: string[] = [];
  const { proxy, turn } = await proxiedTurn(gateway(), {
    tools: {
      echo: {
        description: "",
        run: (input: string) => {
          ran.set(input, (ran.get(input) ?? 0) + 1);
          return "x".repeat(500) + input;
        },
      },
    },
    onNotify: ({ text }) => void heard.push(text),
  });
  let isOver = false;
  const cutSoon = () => {
    // Enough for a welcome and some frames more.
    void proxy.at({ from: "gateway", nth: 30, where: "middle" }, (line) => {
      if (isOver) return;
      line.cut();
      cutSoon();
    });
  };
  cutSoon();
  const cells = Array.from({ length: 40 }, async (_, cell) => {
    const content: string[] = [];
    const outcome = await turn.run(
      `for (let i = 0; i < 5; i++) {
         const result = await tools.echo("${cell}." + i);
         text(result.slice(500)); notify("${cell}." + i);
       }`,
      { onContent: (items) => void content.push(...textsOf(items)) },
    );
    const expected = Array.from({ length: 5 }, (_, index) => `${cell}.${index}`);
    expect(textsOf(outcome.content)).toEqual(expected);
    expect(content).toEqual(expected);
    return expected;
  });
  const all = (await Promise.all(cells)).flat();
  isOver = true;
  await turn.ping();
  expect(proxy.connections).toBeGreaterThan(5);
  expect([...ran.keys()].toSorted()).toEqual(all.toSorted());
  expect([...ran.values()].every((runs) => runs === 1)).toBe(true);
  expect(heard.toSorted()).toEqual(all.toSorted());
  for (let cell = 0; cell < 40; cell++) {
    const own = heard.filter((text) => text.startsWith(`${cell}.`));
    expect(own).toEqual(own.toSorted());
  }
  expect((await turn.listCells()).length).toBe(0);
});
