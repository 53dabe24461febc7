import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { type MetricsEvent, observe } from "../../client/index.ts";
import { CellgateProcess } from "../support/cellgate-process.ts";

test("with --keep agents work until they are interrupted, with failures among what they do", async () => {
  const demo = new CellgateProcess(["demo", "--keep"]);
  onTestFinished(() => void demo.child.kill("SIGKILL"));
  while (!demo.out.includes("Ctrl+C")) await once(demo.child.stdout!, "data");
  const [, page = "", token = ""] = /dashboard at (http\S+)#token=(\S+)/.exec(demo.out) ?? [];
  expect((await fetch(page)).status).toBe(200);

  const observation = await observe(page, { token });
  const seen = await new Promise<MetricsEvent>((resolve) => {
    observation.watchMetrics((event) => {
      if (event.type !== "metrics") return;
      const { ok = 0, script_error: failed = 0 } = event.endings;
      if (ok > 5 && failed > 0 && event.sessions === 4) resolve(event);
    });
  });
  expect(seen.toolCall.count).toBeGreaterThan(10);
  await observation.close();

  demo.child.kill("SIGINT");
  expect(await demo.exited).toEqual({ code: 0, signal: null });
  expect(demo.err).toBe("");
});
