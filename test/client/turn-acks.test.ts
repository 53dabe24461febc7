import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Turn } from "../../client/turn.ts";
import { FakeGateway } from "./fake-gateway.ts";

let gateway: FakeGateway;
let turn: Turn;

beforeEach(() => {
  vi.useFakeTimers();
  gateway = new FakeGateway({ frameBytes: 500 });
  turn = gateway.welcome();
});

afterEach(() => {
  vi.useRealTimers();
});

const finished = (bytes?: number) => gateway.say({ type: "cell_finished", cellId: "c", ok: true }, bytes);

test("a frame that goes out anyway carries the acknowledgement, once", () => {
  finished();
  finished();
  void turn.listCells();
  void turn.listCells();
  vi.runAllTimers();
  expect(gateway.sent).toEqual([
    { type: "list_cells", id: 1, ack: 2 },
    { type: "list_cells", id: 2 },
  ]);
});

test("a frame of its own carries it where nothing else goes out within 10 ms", () => {
  finished();
  finished();
  vi.advanceTimersByTime(9);
  expect(gateway.sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(gateway.sent).toEqual([{ type: "ack", seq: 2 }]);
});

test("it goes out at once when 256 frames or a mebibyte are due", () => {
  for (let count = 0; count < 256; count++) finished();
  expect(gateway.sent).toEqual([{ type: "ack", seq: 256 }]);
  finished(1024 * 1024);
  expect(gateway.sent).toEqual([
    { type: "ack", seq: 256 },
    { type: "ack", seq: 257 },
  ]);
});

test("a frame that could not be sent has acknowledged nothing", async () => {
  finished();
  await expect(turn.execute("x".repeat(1_000))).rejects.toMatchObject({ name: "UnsentError" });
  vi.runAllTimers();
  expect(gateway.sent).toEqual([{ type: "ack", seq: 1 }]);
});

test("a pong and a second welcome have no number and are not acknowledged", () => {
  gateway.deliver({ type: "pong", received: 1 });
  gateway.deliver(gateway.welcomeFrame());
  vi.runAllTimers();
  expect(gateway.sent).toEqual([]);
});

test("nothing is acknowledged after the end", () => {
  finished();
  gateway.end(1006);
  vi.runAllTimers();
  expect(gateway.sent).toEqual([]);
});
