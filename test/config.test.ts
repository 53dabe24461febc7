import { describe, expect, test } from "vitest";
import { ConfigError, defaultExecutors, readConfig, type Config } from "../src/config.ts";
import { startGateway } from "../src/index.ts";
import { isLoopback } from "../src/option-problems.ts";
import { helpText, optionTable } from "../src/option-table.ts";
import { defaultLimits, type LimitName, limitTable, MAX_MESSAGE_BYTES } from "../src/protocol/limits.ts";

const token = "sixteen-letters!";
const secret = "thirty-two bytes are a fair size";

/** Where each option ends up, and a value for it that is not the default. */
const options: [flag: string, value: string, field: (config: Config) => unknown, read: unknown][] = [
  ["host", "127.0.0.2", (config) => config.host, "127.0.0.2"],
  ["port", "0", (config) => config.port, 0],
  ["token", token, (config) => config.token, token],
  ["tokens-file", "tokens.json", (config) => config.tokensFile, "tokens.json"],
  ["jwt-secret", secret, (config) => config.jwtSecret, secret],
  ["jwks-file", "keys.json", (config) => config.jwksFile, "keys.json"],
  ["jwt-issuer", "issuer", (config) => config.jwtIssuer, "issuer"],
  ["jwt-audience", "audience", (config) => config.jwtAudience, "audience"],
  ["origins", "https://a.example", (config) => config.origins.join(), "https://a.example"],
  ["metrics", "open", (config) => config.metrics, "open"],
  ["log-level", "warn", (config) => config.logLevel, "warn"],
  ["executors", "3", (config) => config.executors, 3],
  ["isolate-reuse", "never", (config) => config.isolateReuse, "never"],
  ["jit", "off", (config) => config.jit, "off"],
  ["isolation", "session", (config) => config.isolation, "session"],
  ...(Object.keys(limitTable) as LimitName[]).map((name): (typeof options)[number] => {
    const value = name === "frameDepth" ? 100 : limitTable[name].value + 1;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [flag, `${value}`, (config) => config.limits[name], value];
  }),
];
const variableOf = (flag: string): string => `CELLGATE_${flag.toUpperCase().replaceAll("-", "_")}`;

test("without flags and variables everything has its default", () => {
  expect(readConfig([], {})).toEqual({
    host: "127.0.0.1",
    port: 8080,
    token: undefined,
    tokensFile: undefined,
    jwtSecret: undefined,
    jwksFile: undefined,
    jwtIssuer: undefined,
    jwtAudience: undefined,
    origins: [],
    metrics: "admin",
    logLevel: "info",
    executors: defaultExecutors,
    isolateReuse: "session",
    jit: "on",
    isolation: "shared",
    limits: defaultLimits,
  });
  expect(defaultExecutors).toBeGreaterThanOrEqual(2);
});

test("the option table has every option, each once, with its variable", () => {
  expect(optionTable.map(({ flag }) => flag)).toEqual(options.map(([flag]) => flag));
  for (const { flag, variable } of optionTable) expect(variable).toBe(variableOf(flag));
});

describe.each(options)("--%s", (flag, value, field, read) => {
  // What a JWT must say means something only beside a key for it.
  const beside = flag === "jwt-issuer" || flag === "jwt-audience" ? ["--jwt-secret", secret] : [];

  test("is read from the flag, in both forms", () => {
    expect(field(readConfig([`--${flag}`, value, ...beside], {}))).toBe(read);
    expect(field(readConfig([`--${flag}=${value}`, ...beside], {}))).toBe(read);
  });

  test("is read from the environment, and the flag goes before it", () => {
    expect(field(readConfig(beside, { [variableOf(flag)]: value }))).toBe(read);
    // A variable that cannot be is not even looked at.
    expect(field(readConfig([`--${flag}`, value, ...beside], { [variableOf(flag)]: "?" }))).toBe(read);
  });

  test("has its default where it is empty", () => {
    const defaults = readConfig([], {});
    expect(field(readConfig([`--${flag}=`], {}))).toEqual(field(defaults));
    expect(field(readConfig([], { [variableOf(flag)]: "" }))).toEqual(field(defaults));
  });
});

const needed = (host: string): string =>
  `expected a token, a tokens-file, a jwt-secret or a jwks-file for an address that is not loopback, got ${host}`;

/** Bytes that a cell says in one text, or starts with: a message between the gateway and an executor must carry them. */
const mostText = MAX_MESSAGE_BYTES / 4;
const mostAtStart = Math.floor(MAX_MESSAGE_BYTES / 7);

describe("what cannot be is refused, and the message says what was expected and what came", () => {
  const heap = "--heap-bytes (CELLGATE_HEAP_BYTES): expected a whole number from 8388608";
  test.each<[string[], NodeJS.ProcessEnv, string]>([
    [["--port", "x"], {}, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got x"],
    [["--port", "65536"], {}, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got 65536"],
    [[], { CELLGATE_PORT: "-1" }, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got -1"],
    [["--port", "1e3"], {}, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got 1e3"],
    [["--port", "80.5"], {}, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got 80.5"],
    [["--port", " 80"], {}, "--port (CELLGATE_PORT): expected a whole number from 0 to 65535, got  80"],
    [["--executors", "0"], {}, "--executors (CELLGATE_EXECUTORS): expected a whole number from 1 to 256, got 0"],
    [
      ["--isolate-reuse", "always"],
      {},
      "--isolate-reuse (CELLGATE_ISOLATE_REUSE): expected session or never, got always",
    ],
    [["--metrics", "all"], {}, "--metrics (CELLGATE_METRICS): expected admin or open, got all"],
    [["--log-level", "loud"], {}, "--log-level (CELLGATE_LOG_LEVEL): expected info, warn, error or silent, got loud"],
    [["--jit", "none"], {}, "--jit (CELLGATE_JIT): expected on or off, got none"],
    [["--isolation", "none"], {}, "--isolation (CELLGATE_ISOLATION): expected shared or session, got none"],
    [["--heap-bytes", "8388607"], {}, `${heap}, got 8388607`],
    [["--heap-bytes", "9007199254740993"], {}, `${heap}, got 9007199254740993`],
    [[], { CELLGATE_CELLS: "0" }, "--cells (CELLGATE_CELLS): expected a whole number from 1, got 0"],
    [
      ["--frame-depth", "1025"],
      {},
      "--frame-depth (CELLGATE_FRAME_DEPTH): expected a whole number from 8 to 1024, got 1025",
    ],
    [
      ["--session-ttl-ms", "2147483648"],
      {},
      "--session-ttl-ms (CELLGATE_SESSION_TTL_MS): expected a whole number from 1 to 2147483647, got 2147483648",
    ],
    [["--name-chars", "63"], {}, "--name-chars (CELLGATE_NAME_CHARS): expected a whole number from 64, got 63"],
    [["--hello-bytes", "1"], {}, "--hello-bytes (CELLGATE_HELLO_BYTES): expected a whole number from 4096, got 1"],
    ...["unread-bytes", "notify-bytes"].map((flag): [string[], object, string] => [
      [`--${flag}`, `${mostText + 1}`],
      {},
      `--${flag} (${variableOf(flag)}): expected a whole number from 1 to ${mostText}, got ${mostText + 1}`,
    ]),
    [
      ["--frame-nodes", "7615"],
      {},
      "--frame-nodes (CELLGATE_FRAME_NODES): expected at least 7616 for the cells and calls of a session " +
        "(cellsPerSession, outcomesPerSession, callsPerSession), got 7615",
    ],
    [
      ["--stored-bytes", "20000000"],
      {},
      `--stored-bytes (CELLGATE_STORED_BYTES): expected at most ${mostAtStart} with frameBytes and sourceBytes added, ` +
        "got 20000000",
    ],
    [["--host", "0.0.0.0"], {}, `--host (CELLGATE_HOST): ${needed("0.0.0.0")}: see --token (CELLGATE_TOKEN)`],
    [
      ["--jwt-secret", secret, "--jwks-file", "x"],
      {},
      "--jwks-file (CELLGATE_JWKS_FILE): expected no jwt-secret beside it",
    ],
    [["--jwt-issuer", "x"], {}, "--jwt-issuer (CELLGATE_JWT_ISSUER): expected a jwt-secret or a jwks-file beside it"],
    [
      ["--jwt-audience", "x"],
      {},
      "--jwt-audience (CELLGATE_JWT_AUDIENCE): expected a jwt-secret or a jwks-file beside it",
    ],
    ...["https://a.example/", "a.example", "file:///a", "*.example"].map((origin): [string[], object, string] => [
      ["--origins", `https://b.example,${origin}`],
      {},
      `--origins (CELLGATE_ORIGINS): expected origins such as https://app.example, got ${origin}`,
    ]),
  ])("%j %j", (args, environment, message) => {
    expect(() => readConfig(args, environment)).toThrow(new ConfigError(message));
  });

  test.each([
    ["short", "fifteen-letters"],
    ["with a space", "sixteen letters!"],
    ["with what no header can carry", "sixteen-létters!"],
  ])("a token %s, which the message does not repeat", (_, text) => {
    const message = "--token (CELLGATE_TOKEN): expected at least 16 characters of ASCII without spaces";
    expect(() => readConfig(["--token", text], {})).toThrow(new ConfigError(message));
  });

  test("a secret of JWTs that is short, which the message does not repeat", () => {
    const message = "--jwt-secret (CELLGATE_JWT_SECRET): expected at least 32 bytes";
    expect(() => readConfig(["--jwt-secret", secret.slice(1)], {})).toThrow(new ConfigError(message));
    // Not characters: each of these has two bytes.
    expect(readConfig(["--jwt-secret", "é".repeat(16)], {}).jwtSecret).toHaveLength(16);
  });

  test("origins may have spaces between them, and be any, or none that has a name", () => {
    const text = " https://a.example , http://127.0.0.1:5173,null,* ,";
    const expected = ["https://a.example", "http://127.0.0.1:5173", "null", "*"];
    expect(readConfig(["--origins", text], {}).origins).toEqual(expected);
  });

  test.each([
    ["an unknown flag", ["--prot", "1"], /--prot/],
    ["a flag without its value", ["--port"], /--port/],
    ["a flag whose value looks like a flag", ["--host", "--port"], /--host/],
    ["an argument that is no flag", ["8080"], /8080/],
  ])("%s", (_, args, message) => {
    expect(() => readConfig(args, {})).toThrow(ConfigError);
    expect(() => readConfig(args, {})).toThrow(message);
  });
});

describe("anything but loopback needs configured tokens", () => {
  const open = [
    "0.0.0.0",
    "::",
    "192.168.1.1",
    "example.com",
    "127.0.0.1.example.com",
    "127.0.0.256",
    "128.0.0.1",
    "localhost.evil",
  ];
  test.each(open)("%s", async (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(() => readConfig(["--host", host], {})).toThrow(ConfigError);
    expect(readConfig(["--host", host, "--token", token], {})).toMatchObject({ host, token });
    for (const [flag, value] of Object.entries({ "tokens-file": "x", "jwt-secret": secret, "jwks-file": "x" })) {
      expect(readConfig(["--host", host, `--${flag}`, value], {})).toMatchObject({ host, token: undefined });
    }
    await expect(startGateway({ host })).rejects.toThrow(`host: ${needed(host)}`);
  });

  test.each(["127.0.0.1", "127.8.9.10", "localhost", "::1"])("%s does not", (host) => {
    expect(readConfig(["--host", host], {})).toMatchObject({ host, token: undefined });
  });
});

describe("startGateway refuses what readConfig refuses", () => {
  test.each([
    [
      "an empty token",
      { token: "", host: "0.0.0.0" },
      "token: expected at least 16 characters of ASCII without spaces",
    ],
    ["a short secret", { jwtSecret: "x" }, "jwtSecret: expected at least 32 bytes"],
    [
      "an origin with a path",
      { origins: ["https://a.example/"] },
      "origins: expected origins such as https://app.example, got https://a.example/",
    ],
    ["no executors", { executors: 0 }, "executors: expected a whole number from 1 to 256, got 0"],
    ["an isolation that is none", { isolation: "none" as "shared" }, "isolation: expected shared or session, got none"],
    [
      "a depth that the guard cannot hold",
      { limits: { frameDepth: 2_000 } },
      "limits.frameDepth: expected a whole number from 8 to 1024, got 2000",
    ],
    [
      "a limit that is no number",
      { limits: { cells: Number.NaN } },
      "limits.cells: expected a whole number from 1, got NaN",
    ],
    [
      "more cells than a frame can list",
      { limits: { cellsPerSession: 10_000 } },
      "limits.frameNodes: expected at least 175440 for the cells and calls of a session",
    ],
  ])("%s", async (_, wrong, message) => {
    await expect(startGateway(wrong)).rejects.toThrow(message);
  });
});

test("help lists all options, with unit, default and variable", () => {
  const help = helpText();
  expect(help).toMatch(/^Usage: cellgate \[options\]\n/);
  for (const { flag, variable, default: value, unit, meaning } of optionTable) {
    expect(help).toContain(`  --${flag} `);
    expect(help).toContain(`${meaning} (${unit}; default ${value})\n`);
    expect(help).toContain(` ${variable}\n`);
  }
});
