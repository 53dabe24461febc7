import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What a file of each layer may import, and what the lint refuses it. */
const layers: Record<string, { accepted: string; refused: string }> = {
  "src/protocol/frame.ts": {
    accepted: "./limits.ts",
    refused:
      "../config.ts ../executor/executor.ts ../session/cell.ts ../tools/name.ts ../gateway/turn.ts node:fs ws isolated-vm msgpackr msgpackr/pack",
  },
  "src/tools/name.ts": {
    accepted: "./declarations.ts ../protocol/host.ts",
    refused:
      "../config.ts ../executor/executor.ts ../session/cell.ts ../gateway/turn.ts ../../client/index.ts ws isolated-vm",
  },
  "src/executor/process.ts": {
    accepted: "./executor.ts ../protocol/values.ts node:child_process isolated-vm",
    refused:
      "../config.ts ../session/cell.ts ../tools/name.ts ../gateway/turn.ts ../../client/index.ts ws msgpackr msgpackr/pack pino prom-client",
  },
  "src/executor/prelude/tools.ts": {
    accepted: "./realm.ts ../executor.ts ../messages.ts ../../protocol/values.ts",
    refused: "../pool.ts ../../config.ts ../../session/cell.ts ../../gateway/turn.ts node:fs ws isolated-vm",
  },
  "src/session/cell.ts": {
    accepted: "./output.ts ../protocol/frame.ts ../tools/name.ts ../executor/executor.ts nanoid",
    refused:
      "../config.ts ../executor/pool.ts ../gateway/turn.ts ../../client/index.ts ws isolated-vm pino prom-client @opentelemetry/api jose",
  },
  "src/gateway/turn.ts": {
    accepted:
      "./outbox.ts ../protocol/frame.ts ../session/session.ts ../tools/name.ts ../executor/executor.ts ../executor/executor-status.ts",
    refused: "../config.ts ../index.ts ../executor/pool.ts ../../client/index.ts ws isolated-vm",
  },
  "src/gateway/socket.ts": {
    accepted: "./turn.ts ../protocol/close-codes.ts ../session/session.ts ws",
    refused: "../main.ts ../executor/process.ts ../../client/index.ts isolated-vm",
  },
  "src/gateway/metrics.ts": {
    accepted: "./traffic.ts msgpackr/pack prom-client @opentelemetry/api pino jose",
    refused: "../main.ts ws",
  },
  "src/gateway/upgrade.ts": { accepted: "./socket.ts node:http ws", refused: "../main.ts isolated-vm" },
  "src/config.ts": {
    accepted: "./protocol/limits.ts node:util",
    refused: "./executor/pool.ts ./session/session.ts ./gateway/gateway.ts ../client/index.ts ws isolated-vm",
  },
  "src/index.ts": {
    accepted: "./config.ts ./executor/process.ts ./session/sessions.ts ./gateway/gateway.ts",
    refused: "../client/index.ts ws isolated-vm",
  },
  "src/main.ts": {
    accepted: "./config.ts ./gateway/gateway.ts ../client/load/command.ts",
    refused: "../client/index.ts ../client/load/load.ts ws isolated-vm",
  },
  "src/demo.ts": {
    accepted: "./index.ts ../client/index.ts",
    refused: "../client/turn.ts ../test/support/clock.ts ws isolated-vm",
  },
  "src/novelty/thing.ts": { accepted: "", refused: "./neighbour.ts ../protocol/frame.ts node:fs" },
  "client/turn.ts": {
    accepted: "./socket.ts ../src/protocol/frame.ts ../src/tools/name.ts",
    refused:
      "../src/index.ts ../src/session/cell.ts ../src/gateway/turn.ts ../src/executor/executor.ts node:fs ws msgpackr/pack",
  },
  "client/dashboard/page.ts": {
    accepted: "./route.ts ../index.ts ../trace.ts ../../src/protocol/frame.ts preact",
    refused: "../turn.ts ../load/load.ts ../../src/index.ts ../../src/gateway/turn.ts node:fs ws",
  },
  "client/dashboard/session/view.ts": {
    accepted: "../link.ts ../model/cell.ts ../../index.ts ../../trace.ts ../../../src/protocol/frame.ts preact",
    refused: "../../turn.ts ../../../src/index.ts ../../../src/gateway/turn.ts node:fs ws",
  },
  "client/dashboard/model/cell.ts": {
    accepted: "./spans.ts ../../index.ts ../../trace.ts ../../../src/protocol/frame.ts",
    refused:
      "../link.ts ../session/view.ts ../../turn.ts ../../../src/gateway/turn.ts preact @preact/signals node:fs ws",
  },
  "client/load/fleet.ts": {
    accepted: "../outbox.ts ../../src/protocol/frame.ts node:worker_threads ws",
    refused: "../../src/index.ts ../../src/gateway/turn.ts isolated-vm msgpackr",
  },
};

/** Every way to import each of the modules, a line each. */
const imports = (specifiers: string): string[] => specifiers.split(" ").filter(Boolean).flatMap(forms);

const forms = (specifier: string, index: number): string[] => [
  `import { value as value${index} } from "${specifier}";`,
  `import type { Type as Type${index} } from "${specifier}";`,
  `export * from "${specifier}";`,
  `export const late${index} = () => import("${specifier}");`,
];

interface Finding {
  code: string;
  filename: string;
  labels: { span: { line: number } }[];
}

/** Lints a folder with the project's own configuration, less the rules that would need the types. */
async function lint(folder: string): Promise<Finding[]> {
  const config = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8"));
  config.options.typeAware = false;
  await writeFile(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  const program = join(root, "node_modules/oxlint/bin/oxlint");
  const output = await new Promise<string>((resolve) => {
    // Findings make the exit code 1, which is no failure here.
    execFile(process.execPath, [program, "-f", "json"], { cwd: folder, maxBuffer: 2 ** 26 }, (_, stdout) =>
      resolve(stdout),
    );
  });
  return JSON.parse(output).diagnostics;
}

describe("the layers", () => {
  let folder: string;
  let findings: Finding[];

  const linesOf = (code: string, file: string): number[] =>
    findings
      .filter((finding) => finding.code === code && finding.filename === file)
      .map((finding) => finding.labels[0]!.span.line)
      .toSorted((left, right) => left - right);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cellgate-layers-"));
    const files: Record<string, string> = {
      "src/session/chicken.ts": 'import type { Egg } from "./egg.ts";\nexport interface Chicken { egg: Egg }\n',
      "src/session/egg.ts": 'import type { Chicken } from "./chicken.ts";\nexport interface Egg { chicken: Chicken }\n',
      "src/session/annotation.ts": 'export type Turn = import("../gateway/turn.ts").Turn;\n',
      "src/session/long.ts": "// a line\n".repeat(301),
      "src/session/full.ts": "// a line\n".repeat(300),
    };
    for (const [file, { accepted, refused }] of Object.entries(layers)) {
      files[file] = imports(`${refused} ${accepted}`).join("\n");
    }
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    findings = await lint(folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(layers))(
    "%s imports what its layer knows, and nothing else",
    (file, { refused, accepted }) => {
      const lines = imports(`${refused} ${accepted}`);
      const found = linesOf("eslint(no-restricted-imports)", file).map((line) => lines[line - 1]);
      expect(found).toEqual(imports(refused));
    },
  );

  test("an import inside a type annotation, which the layer rules do not see, is refused anywhere", () => {
    expect(linesOf("typescript(consistent-type-imports)", "src/session/annotation.ts")).toEqual([1]);
  });

  test("two files that import each other are refused, even for types alone", () => {
    expect(linesOf("import(no-cycle)", "src/session/chicken.ts")).toEqual([1]);
    expect(linesOf("import(no-cycle)", "src/session/egg.ts")).toEqual([1]);
  });

  test("a file of 300 lines is accepted and one of 301 is refused", () => {
    expect(linesOf("eslint(max-lines)", "src/session/full.ts")).toEqual([]);
    expect(linesOf("eslint(max-lines)", "src/session/long.ts")).toHaveLength(1);
  });
});
