import { beforeEach, describe, expect, test } from "vitest";
import { closureOf } from "../../client/closure.ts";
import { type StateEvent, States } from "../../client/states.ts";
import { settled } from "./settled.ts";

const open: StateEvent = { state: "open" };
const closed: StateEvent = { state: "closed", closure: closureOf(1000, "") };
const connecting = (attempt: number): StateEvent => ({ state: "connecting", attempt });

let heard: StateEvent[];
let states: States;

beforeEach(() => {
  heard = [];
  states = new States((event) => heard.push(event));
});

/** Everything that a reader is given, as it comes. */
function follow(): StateEvent[] {
  const events: StateEvent[] = [];
  void (async () => {
    for await (const event of states.follow()) events.push(event);
  })();
  return events;
}

describe("the states of a connection", () => {
  test("begin with connecting", () => {
    expect(states.latest).toEqual(connecting(1));
    expect(heard).toEqual([connecting(1)]);
  });

  test("are told to the listener as they happen", () => {
    states.set(open);
    expect(states.latest).toEqual(open);
    expect(heard).toEqual([connecting(1), open]);
  });

  test("are followed from the latest on, by each reader on its own, up to closed", async () => {
    const early = follow();
    states.set(open);
    await settled();
    const late = follow();
    states.set(closed);
    await settled();
    expect(early).toEqual([connecting(1), open, closed]);
    expect(late).toEqual([open, closed]);
  });

  test("that follow each other at once are all given", async () => {
    const events = follow();
    for (let attempt = 2; attempt <= 50; attempt++) states.set(connecting(attempt));
    await settled();
    expect(events.map((event) => event.state === "connecting" && event.attempt)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  test("end at once for who begins to follow after the end", async () => {
    states.set(closed);
    expect(await Array.fromAsync(states.follow())).toEqual([closed]);
  });

  test("are not kept beyond the latest hundred for who does not read", async () => {
    const reader = states.follow();
    await reader.next();
    for (let attempt = 1; attempt <= 1_000; attempt++) states.set(connecting(attempt));
    states.set(closed);
    const read = await Array.fromAsync(reader);
    expect(read).toHaveLength(100);
    expect(read[0]).toEqual(connecting(902));
    expect(read.at(-1)).toEqual(closed);
  });

  test("are forgotten by a reader that stops", async () => {
    for await (const event of states.follow()) {
      expect(event).toEqual(connecting(1));
      break;
    }
    states.set(open);
    expect(states.latest).toEqual(open);
  });
});
