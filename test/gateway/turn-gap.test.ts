import { describe, expect, test } from "vitest";
import { textsOf } from "../session/recording-waiter.ts";
import { MemoryGateway } from "./memory-gateway.ts";
import { running } from "./running-cell.ts";

describe("a turn is resumed with a gap", () => {
  test("where frames that were written and not acknowledged were more than are kept", () => {
    const { gateway, client, cell } = running({ replayFrames: 2 });
    for (const text of ["a", "b", "c"]) cell.notify(text);
    client.cut();
    const next = gateway.resumed(client, 1);
    expect(next.welcome).toMatchObject({ turn: 1, resumed: false, seq: 5 });
    // The first notification had left the log: only what is kept can be delivered at least once.
    expect(next.channel.all("notify").map(({ text, seq }) => [text, seq])).toEqual([
      ["b", 6],
      ["c", 7],
    ]);
  });

  test.each([
    ["replayFrames", { replayFrames: 3 }],
    ["replayBytes", { replayBytes: 300 }],
    ["replayBytesTotal", { replayBytesTotal: 300 }],
    ["unackedAnswers", { unackedAnswers: 3 }],
  ])("where more than %s came while it had no socket, and its answers are unread", (_, limits) => {
    const gateway = new MemoryGateway(limits);
    const client = gateway.greeted();
    const requests = [1, 2, 3, 4, 5, 6].map((id) => ({ type: "execute", id, source: `${id}`, yieldMs: null }));
    for (const request of requests) {
      client.send(request);
      client.ackAll();
    }
    client.cut();
    const { cells } = gateway.executor;
    for (const cell of cells.slice(0, 5)) {
      cell.started().put(`of ${cell.start.source}`);
      cell.end();
    }
    const next = gateway.resumed(client);
    expect(next.welcome).toMatchObject({ resumed: false, turn: 1, received: 12 });
    expect(next.welcome.cells.map(({ state }) => state)).toEqual([...Array(5).fill("finished"), "queued"]);
    for (const request of requests) {
      next.send(request);
      next.ackAll();
    }
    cells[5]!.started().end();
    expect(cells).toHaveLength(6);
    expect(next.channel.all("started").map(({ id, cellId }) => [id, cellId])).toEqual(
      cells.map(({ cellId }, index) => [index + 1, cellId]),
    );
    expect(next.channel.all("result").map(({ id, content }) => [id, ...textsOf(content)])).toEqual([
      [1, "of 1"],
      [2, "of 2"],
      [3, "of 3"],
      [4, "of 4"],
      [5, "of 5"],
      [6],
    ]);
    next.ackAll();
    expect(next.channel.all("cell_closed")).toHaveLength(6);
  });

  test("where all turns kept too much and it lost its socket first, so that those in use can be resumed", () => {
    const gateway = new MemoryGateway({ replayBytesTotal: 1_500 });
    const [first, second, third] = [gateway.greeted(), gateway.greeted(), gateway.greeted()];
    for (const client of [first, second]) {
      client.send({ type: "terminate", id: 1, cellId: "x".repeat(200) });
      client.cut();
    }
    third.send({ type: "terminate", id: 1, cellId: "x".repeat(250) }, { type: "list_cells", id: 2 });
    third.cut();
    expect([first, second, third].map((client) => gateway.resumed(client, 0).welcome.resumed)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("on a socket of the other subprotocol", () => {
    const { gateway, client } = running();
    client.cut();
    expect(gateway.resumedWithGap(client).welcome).toMatchObject({ turn: 1, resumed: false, seq: 2 });
  });
});

describe("a gap", () => {
  /** A client that got every frame with a number, and that was cut off when others took the room for any more. */
  function missing() {
    const gateway = new MemoryGateway({ replayBytesTotal: 500 });
    const [client, other] = [gateway.greeted(), gateway.greeted()];
    client.send({ type: "execute", id: 1, source: "1", yieldMs: 0 });
    client.cut();
    other.send({ type: "terminate", id: 1, cellId: "x".repeat(250) });
    const [cell] = gateway.executor.cells;
    cell!.started().end();
    return { gateway, client, cellId: cell!.cellId };
  }

  test("is told again to a client that did not hear of it, though it has every frame that was written", () => {
    const { gateway, client, cellId } = missing();
    const unheard = gateway.resumed(client);
    expect(unheard.welcome.resumed).toBe(false);
    unheard.cut();
    const next = gateway.resumed(client);
    expect(next.welcome).toMatchObject({ resumed: false, cells: [{ cellId, state: "finished" }] });
  });

  test("is told once to a client that heard of it", () => {
    const { gateway, client } = missing();
    const next = gateway.resumed(client);
    next.cut();
    const { seq } = next.welcome;
    expect(gateway.resumed(next, seq).welcome).toMatchObject({ resumed: true, seq });
  });
});
