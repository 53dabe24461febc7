import { describe, expect, test } from "vitest";
import { Inflow, type InflowOptions } from "../../src/gateway/inflow.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** An inflow, what it took and when, and what it did to the socket. */
function flowing(options: Partial<InflowOptions> = {}) {
  const clock = new FakeClock();
  const taken: [at: number, text: string][] = [];
  const log: string[] = [];
  const deferred: (() => void)[] = [];
  const inflow = new Inflow({
    clock,
    framesPerSecond: 1_000,
    bytesPerSecond: 1_000_000,
    sliceMs: 10,
    isBehind: () => false,
    defer: (callback) => deferred.push(callback),
    pause: () => log.push(`pause ${clock.now()}`),
    resume: () => log.push(`resume ${clock.now()}`),
    take: ({ data }) => taken.push([clock.now(), data.toString()]),
    ...options,
  });
  const receive = (text: string): void => inflow.receive({ data: Buffer.from(text), isBinary: false });
  return { clock, inflow, taken, log, deferred, receive };
}

describe("messages", () => {
  test("are taken as they come, as long as they are no more than two seconds' worth at once", () => {
    const { taken, log, receive } = flowing({ framesPerSecond: 10 });
    for (let count = 1; count <= 20; count++) receive(`${count}`);
    expect(taken).toHaveLength(20);
    expect(log).toEqual([]);
  });

  test("past that wait, in order and no longer than they must, while the socket is paused", () => {
    const { clock, taken, log, receive } = flowing({ framesPerSecond: 100 });
    for (let count = 1; count <= 205; count++) receive(`${count}`);
    expect(taken).toHaveLength(201);
    expect(log).toEqual(["pause 0"]);
    clock.advance(1_000);
    expect(taken.map(([, text]) => Number(text))).toEqual(Array.from({ length: 205 }, (_, index) => index + 1));
    expect(taken.at(-1)?.[0]).toBeLessThan(60);
    expect(log.at(-1)).toMatch(/^resume /);
  });

  test("are charged with their bytes and with those of their answers, but not with others", () => {
    const { clock, inflow, taken, receive } = flowing({ bytesPerSecond: 1_000, take: () => {} });
    inflow.answered(1e9);
    receive("x".repeat(1_999));
    expect(taken).toEqual([]);
    const answering = flowing({
      bytesPerSecond: 1_000,
      take: () => answering.inflow.answered(1_050),
    });
    answering.receive("a");
    answering.receive("b");
    expect(answering.log).toEqual(["pause 0"]);
    answering.clock.advance(99);
    expect(answering.log).toHaveLength(1);
    answering.clock.advance(10);
    expect(answering.log.at(-1)).toMatch(/^resume 10\d/);
    expect(clock.pending).toBe(0);
  });

  test("wait for frames that are no messages, but those wait for nobody", () => {
    const { clock, inflow, taken, log, receive } = flowing({ framesPerSecond: 100 });
    inflow.spend(200);
    expect(log).toEqual([]);
    inflow.spend(2);
    expect(log).toEqual(["pause 0"]);
    receive("a");
    expect(taken).toEqual([]);
    clock.advance(20);
    expect(taken).toEqual([[20, "a"]]);
  });

  test("with large answers wait for a tenth of a second while the client is behind with its reading", () => {
    let isBehind = true;
    const large = flowing({
      isBehind: () => isBehind,
      take: ({ data }) => data.toString() === "large" && large.inflow.answered(100_000),
    });
    large.receive("small");
    expect(large.log).toEqual([]);
    large.receive("large");
    large.receive("large");
    expect(large.log).toEqual(["pause 0"]);
    large.clock.advance(99);
    expect(large.log).toEqual(["pause 0"]);
    isBehind = false;
    large.clock.advance(1);
    expect(large.log).toEqual(["pause 0", "resume 100"]);
    large.receive("large");
    expect(large.log).toHaveLength(2);
  });

  test("go on after a tenth of a second at a time, however much is owed", () => {
    const { clock, taken, receive } = flowing({ bytesPerSecond: 1_000 });
    receive("x".repeat(10_000));
    receive("b");
    receive("c");
    clock.advance(100);
    expect(taken.map(([at, text]) => [at, text.length])).toEqual([
      [0, 10_000],
      [100, 1],
    ]);
    clock.advance(100);
    expect(taken).toHaveLength(3);
  });

  test("that take long make way for others, and go on when those had their turn", () => {
    const { clock, taken, log, deferred, receive } = flowing({
      take({ data }) {
        clock.advance(4);
        taken.push([clock.now(), data.toString()]);
      },
    });
    for (const text of ["a", "b", "c", "d", "e", "f", "g"]) receive(text);
    expect([taken.length, log]).toEqual([3, ["pause 12"]]);
    clock.advance(50);
    deferred.shift()?.();
    expect([taken.length, log]).toEqual([6, ["pause 12", "pause 74"]]);
    deferred.shift()?.();
    expect(taken.map(([, text]) => text).join("")).toBe("abcdefg");
    expect(log.at(-1)).toBe("resume 78");
  });

  test("are not taken on end that come apart", () => {
    const { clock, log, receive } = flowing({ take: () => clock.advance(4) });
    for (let count = 0; count < 10; count++) {
      receive("a");
      clock.advance(2);
    }
    expect(log).toEqual([]);
  });

  test("that wait when it is stopped are not taken any more", () => {
    const { clock, inflow, taken, receive } = flowing({ framesPerSecond: 1 });
    for (const text of ["a", "b", "c", "d", "e"]) receive(text);
    expect(taken).toHaveLength(3);
    inflow.stop();
    receive("f");
    clock.advance(10_000);
    expect(taken).toHaveLength(3);
  });

  test("may stop it", () => {
    const { inflow, log, receive } = flowing({ framesPerSecond: 1, take: () => inflow.stop() });
    for (const text of ["a", "b", "c", "d"]) receive(text);
    expect(log).toEqual([]);
  });

  test("whose taking throws do not stop it", () => {
    const { taken, receive } = flowing({
      take({ data }) {
        if (data.toString() === "bad") throw new Error("bad");
        taken.push([0, data.toString()]);
      },
    });
    expect(() => receive("bad")).toThrow("bad");
    receive("good");
    expect(taken).toEqual([[0, "good"]]);
  });
});
