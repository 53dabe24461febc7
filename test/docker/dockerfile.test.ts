import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage, environmentOf, type Image, workdirOf } from "./image.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Two installations and a compilation: some 8 s with npm's cache filled, more when everything is fetched. */
const BUILD_MS = 180_000;

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return String(address.port);
}

describe("the Dockerfile", () => {
  let scratch: string;
  let image: Image;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "cellgate-image-"));
    image = await buildImage(root, scratch);
  }, BUILD_MS);

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  /** Starts a command of the image as `docker run -e …` would, in its folder and with nothing of this process's environment. */
  const start = (command: string[], variables: Record<string, string>) => {
    const [program = "", ...args] = command;
    const env = { ...environmentOf(image), ...variables };
    const child = spawn(program, args, { cwd: workdirOf(image), env, stdio: ["ignore", "pipe", "pipe"] });
    const complaint = text(child.stderr);
    const exited = once(child, "close");
    const lineOrExit = Promise.race([once(createInterface(child.stdout), "line"), exited]);
    return { child, complaint, exited, lineOrExit };
  };

  test("the image's command serves, its health check agrees, and its stop signal ends it", async () => {
    const port = await freePort();
    const variables = { CELLGATE_HOST: "127.0.0.1", CELLGATE_PORT: port, CELLGATE_TOKEN: "the-token-of-this-test" };
    const server = start([...image.entrypoint, ...image.cmd], variables);
    try {
      expect(await server.lineOrExit).toEqual([expect.stringContaining(`ws://127.0.0.1:${port}`)]);
      expect(await start(image.healthcheck, variables).exited).toEqual([0, null]);

      server.child.kill(image.stopSignal as NodeJS.Signals);
      expect(await server.exited).toEqual([0, null]);
      expect(await start(image.healthcheck, variables).exited).toEqual([1, null]);
    } finally {
      server.child.kill("SIGKILL");
    }
  });

  test("a container without a token does not start, because the image listens on every interface", async () => {
    const server = start([...image.entrypoint, ...image.cmd], {});
    try {
      expect(await server.lineOrExit).toEqual([expect.any(Number), null]);
      expect(server.child.exitCode).not.toBe(0);
      expect(await server.complaint).toContain("CELLGATE_TOKEN");
    } finally {
      server.child.kill("SIGKILL");
    }
  });

  test("the image exposes the port that it listens on and runs as an ordinary user", () => {
    expect(image.port).toBe(image.env["CELLGATE_PORT"]);
    expect(image.user).toBe("node");
  });

  test("the image holds what the server needs at run time and no development dependency", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const installed = (name: string) => readFile(join(workdirOf(image), "node_modules", name, "package.json"));
    for (const name of Object.keys(manifest.dependencies)) await expect(installed(name)).resolves.toBeDefined();
    for (const name of Object.keys(manifest.devDependencies)) await expect(installed(name)).rejects.toThrow("ENOENT");
  });

  test("the image can make an isolate, with the binary that isolated-vm ships", async () => {
    const script =
      'const { default: ivm } = await import("isolated-vm"); new ivm.Isolate().dispose(); console.log("made");';
    const node = start(["node", "--no-node-snapshot", "--input-type=module", "-e", script], {});
    expect(await node.lineOrExit).toEqual(["made"]);
    expect(await node.exited).toEqual([0, null]);
  });
});
