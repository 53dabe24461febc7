import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { SessionStore } from "../../../client/dashboard/session/session-store.ts";
import { settled } from "../settled.ts";

/** A gateway on which a watch begins, or is refused, when the test says so. */
class FakeWatching {
  readonly started = Promise.withResolvers<void>();
  isStopped = false;

  watchSession() {
    return { started: this.started.promise, stop: () => void (this.isStopped = true) };
  }

  listCells() {
    return Promise.resolve([]);
  }
}

test("Why a session cannot be watched is told until it is watched anew", async () => {
  const [first, second] = [new FakeWatching(), new FakeWatching()];
  const observation = signal<FakeWatching | undefined>(first);
  const store = new SessionStore("s", { observation, nowMs: () => 0 });
  first.started.reject(new Error("session s not found"));
  await settled();
  expect(store.problem.value).toBe("session s not found");
  observation.value = second;
  expect([store.problem.value, first.isStopped]).toEqual(["", true]);
  store.close();
});

test("A watch that was given up for another has no say in whether the session can be watched", async () => {
  const [first, second] = [new FakeWatching(), new FakeWatching()];
  const observation = signal<FakeWatching | undefined>(first);
  const store = new SessionStore("s", { observation, nowMs: () => 0 });
  observation.value = second;
  first.started.reject(new Error("the connection was closed"));
  await settled();
  expect(store.problem.value).toBe("");
  store.close();
  expect(second.isStopped).toBe(true);
});
