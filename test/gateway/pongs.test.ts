import { expect, test } from "vitest";
import { Pongs } from "../../src/gateway/pongs.ts";

/** What was sent, and a way for the system to have taken it. */
function sending() {
  const sent: string[] = [];
  const under: (() => void)[] = [];
  const pongs = new Pongs((payload, taken) => {
    sent.push(payload.toString());
    under.push(taken);
  });
  return { sent, pongs, ping: (payload: string) => pongs.answer(Buffer.from(payload)), taken: () => under.shift()?.() };
}

test("each ping is answered while the system takes the answers", () => {
  const { sent, ping, taken } = sending();
  for (let count = 0; count < 100; count++) {
    ping(`${count}`);
    taken();
  }
  expect(sent).toEqual(Array.from({ length: 100 }, (_, count) => `${count}`));
});

test("of pings beyond 32 whose answers were not taken, only the latest is answered, when there is room", () => {
  const { sent, ping, taken } = sending();
  for (let count = 1; count <= 100; count++) ping(`${count}`);
  expect([sent.length, sent.at(-1)]).toEqual([32, "32"]);
  taken();
  expect([sent.length, sent.at(-1)]).toEqual([33, "100"]);
  for (let count = 0; count < 33; count++) taken();
  expect(sent).toHaveLength(33);
  ping("more");
  expect(sent.at(-1)).toBe("more");
});

test("a payload that has to wait is a copy: what it was a piece of is used again", () => {
  const { sent, pongs, ping, taken } = sending();
  for (let count = 0; count < 32; count++) ping("");
  const chunk = Buffer.from("....late....");
  pongs.answer(chunk.subarray(4, 8));
  chunk.fill("x");
  taken();
  expect(sent.at(-1)).toBe("late");
});
