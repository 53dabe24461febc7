import { expect, test } from "vitest";
import { Rota } from "../../src/gateway/rota.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** Observers that have so many frames to tell, each of which takes so long. */
function setUp() {
  const clock = new FakeClock();
  const rota = new Rota(clock);
  const told: string[] = [];
  const observer = (name: string, frames: number, tookMs: number): (() => void) => {
    const tell = (): void => {
      told.push(`${name} ${clock.now()}`);
      clock.sleep(tookMs);
      frames -= 1;
      if (frames > 0) rota.ask(tell);
    };
    return tell;
  };
  return { clock, observer, rota, told };
}

test("who asks is told at once, where nobody waits and nobody was told just now", () => {
  const { clock, observer, rota, told } = setUp();
  rota.ask(observer("a", 1, 2));
  expect([told, clock.pending]).toEqual([["a 0"], 0]);
  clock.advance(6);
  rota.ask(observer("b", 1, 2));
  expect([told, clock.pending]).toEqual([["a 0", "b 8"], 0]);
});

test("all of them are told in turn, a frame at a time, and take a quarter of the time together", () => {
  const { clock, observer, rota, told } = setUp();
  rota.ask(observer("a", 2, 2));
  rota.ask(observer("b", 2, 2));
  rota.ask(observer("c", 1, 2));
  clock.advance(100);
  expect(told).toEqual(["a 0", "a 8", "b 16", "c 24", "b 32"]);
});

test("small frames are told on end, each observer's one, for a millisecond", () => {
  const { clock, observer, rota, told } = setUp();
  rota.ask(observer("first", 1, 4));
  for (const name of ["a", "b", "c"]) rota.ask(observer(name, 2, 0.5));
  clock.advance(100);
  expect(told).toEqual(["first 0", "a 16", "b 16.5", "c 20", "a 20.5", "b 24", "c 24.5"]);
});

test("who leaves is not told, and nothing is left of it", () => {
  const { clock, observer, rota, told } = setUp();
  const late = observer("late", 1, 1);
  rota.ask(observer("a", 1, 1));
  rota.ask(late);
  rota.leave(late);
  expect(clock.pending).toBe(0);
  clock.advance(100);
  expect(told).toEqual(["a 0"]);
});

test("one that throws does not keep the others from their turns", () => {
  const { observer, rota, told } = setUp();
  const broken = (): void => {
    throw new Error("broken");
  };
  expect(() => rota.ask(broken)).toThrow("broken");
  rota.ask(observer("a", 1, 1));
  expect(told).toEqual(["a 0"]);
});
