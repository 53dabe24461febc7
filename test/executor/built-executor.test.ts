import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pool, PoolOptions } from "../../src/executor/pool.ts";
import { echo } from "./cell-record.ts";
import { runCell, settings } from "./pool-cells.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The build, in a folder whose name has what flags give a meaning to, and reached by a link. */
describe.each(["on", "off"] as const)("with jit %s, executors of the build", (jit) => {
  let scratch: string;
  let pool: Pool;
  const lost: string[] = [];

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "cellgate-build-"));
    const folder = join(scratch, "a folder, with *");
    mkdirSync(folder);
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json", "--outDir", join(folder, "dist")], {
      cwd: root,
    });
    cpSync(join(root, "package.json"), join(folder, "package.json"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    symlinkSync(folder, join(scratch, "link"));
    const built = pathToFileURL(join(scratch, "link/dist/src/executor/pool.js")).href;
    const { Pool: BuiltPool } = (await import(/* @vite-ignore */ built)) as {
      Pool: new (options: PoolOptions) => Pool;
    };
    pool = new BuiltPool({ executors: 1, settings: { ...settings, jit }, onLost: (why) => lost.push(why) });
  }, 60_000);
  afterAll(async () => {
    await pool.close();
    rmSync(scratch, { recursive: true });
  });

  test("run cells, several in one isolate among them", async () => {
    const source = `store("k", await tools.echo([1])); setTimeout(() => text("timer")); await tools.echo(0);
      return eval("load('k')[0]") + Number(/^a+(b|c)$/.exec("aac") !== null)`;
    for (let count = 0; count < 3; count++) {
      const outcome = await runCell(pool, source, { sessionId: "one", tools: ["echo"], answer: echo });
      expect(outcome.how).toBe("finished");
      expect(outcome.texts.at(-1)).toBe("2");
    }
    expect(lost).toEqual([]);
  });

  test("end a cell that takes all memory, and go on", async () => {
    const { how } = await runCell(pool, `const kept = []; for (;;) kept.push(new Array(1000).fill(0))`);
    expect(how).toBe("memory_limit");
    expect((await runCell(pool, `return 1`)).texts).toEqual(["1"]);
    expect(lost).toEqual([]);
  });

  test(`have ${jit === "on" ? "" : "no "}memory that is writable and executable`, async () => {
    await runCell(pool, `for (let i = 0; i < 1e6; i++);`);
    const maps = readFileSync(`/proc/${pool.pids[0]}/maps`, "utf8");
    expect(/ rwx/.test(maps)).toBe(jit === "on");
  });
});
