import { beforeEach, expect, test } from "vitest";
import { act, asked, confirm, isActing, problem } from "../../../client/dashboard/parts/question.ts";
import { settled } from "../settled.ts";

class AskedQuestion {
  readonly title = "End it?";
  readonly text = "It ends.";
  readonly action = "End";
  readonly done = Promise.withResolvers<void>();

  act(): Promise<void> {
    return this.done.promise;
  }
}

const state = () => [asked.value, isActing.value, problem.value];

let [first, second] = [new AskedQuestion(), new AskedQuestion()];

beforeEach(() => {
  [first, second] = [new AskedQuestion(), new AskedQuestion()];
  confirm(first);
});

test("A question goes when what it asks is done, and cannot be taken back meanwhile", async () => {
  void act(first);
  expect(state()).toEqual([first, true, ""]);
  first.done.resolve();
  await settled();
  expect(state()).toEqual([undefined, false, ""]);
});

test("A question stays where what it asks fails, and says why until it is tried again", async () => {
  void act(first);
  first.done.reject(new Error("there is no connection"));
  await settled();
  expect(state()).toEqual([first, false, "there is no connection"]);
  void act(first);
  expect(state()).toEqual([first, true, ""]);
});

test.each([
  ["success", () => first.done.resolve()],
  ["failure", () => first.done.reject(new Error("too late"))],
])("The late %s of a question is nothing to the next one", async (_, settle) => {
  void act(first);
  confirm(second);
  void act(second);
  settle();
  await settled();
  expect(state()).toEqual([second, true, ""]);
});
