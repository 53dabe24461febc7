import { expect, test } from "vitest";
import { Observers } from "../../src/gateway/observers.ts";
import { RecordingObserver } from "../support/recording-observer.ts";

const event = { type: "executor_lost", why: "SIGKILL" } as const;
const failing = {
  hear() {
    throw new Error("disk full");
  },
  putOut() {
    throw new Error("disk full");
  },
  traceparentOf() {
    throw new Error("disk full");
  },
};

test("each observer hears everything, whatever the others do", () => {
  const observers = new Observers();
  const [first, last] = [new RecordingObserver(), new RecordingObserver()];
  for (const observer of [first, failing, last]) observers.add(observer);
  observers.hear(event);
  observers.putOut("s");
  expect([first.events, last.events]).toEqual([[event], [event]]);
  expect([first.putOuts, last.putOuts]).toEqual([["s"], ["s"]]);
});

test("a call's traceparent is that of the first observer who knows one", () => {
  const observers = new Observers();
  expect(observers.traceparentOf("c.1")).toBeUndefined();
  const knowing = (name: string) => ({ hear() {}, traceparentOf: (callId: string) => `${name} ${callId}` });
  for (const observer of [new RecordingObserver(), failing, knowing("a"), knowing("b")]) observers.add(observer);
  expect(observers.traceparentOf("c.1")).toBe("a c.1");
});
