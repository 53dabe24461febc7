import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { GatewayWatch } from "../../client/load/gateway-watch.ts";

test("of a gateway that was not spawned the CPU time of its own process is known, and not that of its executors", async () => {
  let cpuSeconds = 0;
  const server = createServer((_, response) => {
    cpuSeconds += 1;
    response.end(`# metrics\ncellgate_cpu_seconds_total ${cpuSeconds}\n`);
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const watch = new GatewayWatch({ address: `ws://127.0.0.1:${port}/v1/turn`, token: "" });
  expect((await watch.look()).cpu).toBeUndefined();
  const { cpu, executorCpu } = await watch.look();
  expect(cpu).toBeGreaterThan(0);
  expect(executorCpu).toBeUndefined();
});
