import { describe, expect, onTestFinished, test } from "vitest";
import { WatchedFile } from "../../src/gateway/watched-file.ts";
import { TemporaryFile } from "../support/temporary-file.ts";

/** A file that means a number, and how its later readings went. */
async function watched(content: string) {
  const file = await TemporaryFile.with(content);
  const reloads: (string | undefined)[] = [];
  let onReload = () => {};
  const options = {
    path: file.path,
    parse: (text: string) => {
      if (!/^\d+$/.test(text)) throw new Error("expected a number");
      return Number(text);
    },
    onReload: (problem: Error | undefined) => {
      reloads.push(problem?.message);
      onReload();
    },
  };
  const opened = await WatchedFile.open(options);
  onTestFinished(() => opened.close());
  const reloaded = () => new Promise<void>((resolve) => (onReload = resolve));
  return { file, opened, options, reloads, reloaded };
}

test("a file is read when it is opened", async () => {
  expect((await watched("1")).opened.value).toBe(1);
});

describe("it is not opened", () => {
  test("where it is not there, and the message names it", async () => {
    const { options, file } = await watched("1");
    const path = `${file.path}-not`;
    await expect(WatchedFile.open({ ...options, path })).rejects.toThrow(`${path}: ENOENT`);
  });

  test("where it is faulty", async () => {
    const { options, file } = await watched("1");
    await file.write("one");
    await expect(WatchedFile.open(options)).rejects.toThrow(`${file.path}: expected a number`);
  });
});

describe("it is read again", () => {
  test("when asked", async () => {
    const { file, opened, reloads } = await watched("1");
    await file.write("2");
    await opened.reload();
    expect([opened.value, reloads]).toEqual([2, [undefined]]);
  });

  test("by itself when it changes", async () => {
    const { file, opened, reloaded } = await watched("1");
    const done = reloaded();
    await file.write("23");
    await done;
    expect(opened.value).toBe(23);
  });

  test("as often as asked, and the last reading counts", async () => {
    const { file, opened } = await watched("1");
    const first = opened.reload();
    await file.write("2");
    await Promise.all([first, opened.reload()]);
    expect(opened.value).toBe(2);
  });
});

test("while it is faulty or gone, what it meant before goes on counting", async () => {
  const { file, opened, reloads } = await watched("1");
  await file.write("one");
  await opened.reload();
  await file.remove();
  await opened.reload();
  expect(opened.value).toBe(1);
  expect(reloads).toEqual([`${file.path}: expected a number`, expect.stringContaining("ENOENT")]);
  await file.write("2");
  await opened.reload();
  expect(opened.value).toBe(2);
});
