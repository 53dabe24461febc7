import { describe, expect, test } from "vitest";
import { MemoryGateway } from "./memory-gateway.ts";

const drain = { type: "drain", deadlineMs: 25_000, retryAfterMs: 26_000 };

describe("a gateway that goes down tells", () => {
  test("a turn that is open, in a frame without seq", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    gateway.drain.begin();
    expect(client.during(() => client.tellDrain())).toEqual([drain]);
  });

  test("a turn that opens meanwhile, behind its welcome", () => {
    const gateway = new MemoryGateway();
    const client = gateway.connect();
    gateway.drain.begin();
    expect(client.during(() => client.tellDrain())).toEqual([]);
    gateway.clock.advance(5_000);
    client.hello();
    expect(client.channel.sent.slice(1)).toEqual([{ ...drain, deadlineMs: 20_000, retryAfterMs: 21_000 }]);
  });
});

describe("a gateway that goes down", () => {
  test("starts no cell, and says when to try again", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    gateway.drain.begin();
    gateway.clock.advance(1_000);
    client.send({ type: "execute", id: 1, source: "1" });
    expect(client.channel.latest("error")).toEqual({
      type: "error",
      seq: 1,
      id: 1,
      code: "draining",
      message: "the gateway is going down",
      retryAfterMs: 25_000,
    });
    expect(gateway.executor.cells).toEqual([]);
  });

  test("does not refuse the repetition of a request that it took before", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    const execute = { type: "execute", id: 1, source: "1" };
    client.send(execute);
    gateway.drain.begin();
    expect(client.during(() => client.send(execute))).toEqual([]);
  });

  test("knows when a client that reads slowly has been given all that is left for it", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    client.send({ type: "execute", id: 1, source: "1" });
    client.channel.takes = false;
    gateway.executor.latest.started().end();
    let isWritten = false;
    client.whenWritten(() => (isWritten = true));
    expect([client.channel.tags.includes("result"), isWritten]).toEqual([false, false]);
    client.drain();
    expect([client.channel.tags.includes("result"), isWritten]).toEqual([true, true]);
  });

  test("has nothing left for a client that has not said hello", () => {
    let isWritten = false;
    new MemoryGateway().connect().whenWritten(() => (isWritten = true));
    expect(isWritten).toBe(true);
  });

  test("answers what is asked of cells that run", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    client.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    gateway.drain.begin();
    const cell = gateway.executor.latest.started();
    client.send({ type: "wait", id: 2, cellId: cell.cellId });
    cell.end();
    expect(client.channel.latest("result")).toMatchObject({ id: 2, cellId: cell.cellId });
  });
});
