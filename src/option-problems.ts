import { isIPv4 } from "node:net";
import { type LimitName, type Limits, limitTable, MAX_ERROR_BYTES, MAX_MESSAGE_BYTES } from "./protocol/limits.ts";
import { expectedToken, isToken } from "./protocol/token.ts";

/** Smallest values with which the gateway still works; where none is given it is 1. */
const smallest: { readonly [K in LimitName]?: number } = {
  // The gateway's own ids: a session token has 32 characters, the id of a call 21 and a number.
  nameChars: 64,
  helloBytes: 4 * 1024,
  frameBytes: 256 * 1024,
  frameDepth: 8,
  frameNodes: 1_000,
  heapBytes: 8 * 1024 * 1024,
  // A process has some 80 MiB before it runs anything.
  recycleRssBytes: 128 * 1024 * 1024,
  executorRssBytes: 256 * 1024 * 1024,
};

/**
 * Largest values: of a depth, what the byte guard can hold; of a cell's text, what a message can, where a character takes
 * up to three bytes; of an error, what is believed of an executor; of a time, what a timer can.
 */
const largest: { readonly [K in LimitName]?: number } = {
  frameDepth: 1_024,
  unreadBytes: MAX_MESSAGE_BYTES / 4,
  notifyBytes: MAX_MESSAGE_BYTES / 4,
  errorBytes: MAX_ERROR_BYTES,
};
const LONGEST_MS = 2 ** 31 - 1;

/** What is wrong with a value for this limit, if anything: `expected a whole number from 8 to 1024`. */
export function limitProblem(name: LimitName, value: number): string | undefined {
  const most = limitTable[name].unit === "ms" ? LONGEST_MS : Number.MAX_SAFE_INTEGER;
  return rangeProblem(value, smallest[name] ?? 1, largest[name] ?? most);
}

/** A cell's status is a map with eight fields, each a key and a value. */
const STATUS_NODES = 17;
/** A `welcome` without cells and calls; most of it are its limits. */
const WELCOME_NODES = 256;

/**
 * What a cell starts with (its source, its tools and the stored values) goes to its executor as JSON, which may make texts
 * six times as long, and takes some more for what is around them.
 */
const START_BYTES = Math.floor(MAX_MESSAGE_BYTES / 7);

/** What is wrong with limits that each could be, if anything: with these values they cannot be together. */
export function limitsProblem(limits: Limits): { limit: LimitName; expected: string } | undefined {
  const { frameNodes, cellsPerSession, outcomesPerSession, callsPerSession } = limits;
  const nodes = STATUS_NODES * (cellsPerSession + outcomesPerSession) + callsPerSession + WELCOME_NODES;
  if (frameNodes < nodes) {
    const why = "for the cells and calls of a session (cellsPerSession, outcomesPerSession, callsPerSession)";
    return { limit: "frameNodes", expected: `expected at least ${nodes} ${why}` };
  }
  const { frameBytes, sourceBytes, storedBytes } = limits;
  if (frameBytes + sourceBytes + storedBytes > START_BYTES) {
    return { limit: "storedBytes", expected: `expected at most ${START_BYTES} with frameBytes and sourceBytes added` };
  }
  return undefined;
}

/** The same for a number of executors. */
export function executorsProblem(value: number): string | undefined {
  return rangeProblem(value, 1, 256);
}

/** The same for a whole number within bounds. */
export function rangeProblem(value: number, min: number, max: number): string | undefined {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return undefined;
  return `expected a whole number ${max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`}`;
}

/** The options that say who may connect, from where. */
export interface AccessOptions {
  readonly host: string;
  /** Undefined: one is made at the start. */
  readonly token: string | undefined;
  readonly tokensFile: string | undefined;
  readonly jwtSecret: string | undefined;
  readonly jwksFile: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: string | undefined;
  readonly origins: readonly string[];
}

/** Bytes of a secret: as many as the hash of HS256 has, RFC 7518 section 3.2. */
const JWT_SECRET_BYTES = 32;

/** What is wrong with the options that say who may connect, if anything. It repeats no secret. */
export function accessProblem(config: AccessOptions): { option: keyof AccessOptions; expected: string } | undefined {
  const { host, token, jwtSecret, jwksFile, jwtIssuer, jwtAudience, origins } = config;
  if (token !== undefined && !isToken(token)) return { option: "token", expected: expectedToken };
  if (jwtSecret !== undefined && Buffer.byteLength(jwtSecret) < JWT_SECRET_BYTES) {
    return { option: "jwtSecret", expected: `expected at least ${JWT_SECRET_BYTES} bytes` };
  }
  if (jwtSecret !== undefined && jwksFile !== undefined) {
    return { option: "jwksFile", expected: "expected no jwt-secret beside it" };
  }
  const hasKeys = jwtSecret !== undefined || jwksFile !== undefined;
  if (!hasKeys && (jwtIssuer !== undefined || jwtAudience !== undefined)) {
    const option = jwtIssuer === undefined ? "jwtAudience" : "jwtIssuer";
    return { option, expected: "expected a jwt-secret or a jwks-file beside it" };
  }
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong !== undefined) {
    return { option: "origins", expected: `expected origins such as https://app.example, got ${wrong}` };
  }
  if (isLoopback(host) || hasConfiguredTokens(config)) return undefined;
  const sources = "a token, a tokens-file, a jwt-secret or a jwks-file";
  return { option: "host", expected: `expected ${sources} for an address that is not loopback, got ${host}` };
}

/** Whether anybody was given a token: otherwise the one that is made at the start is the only one. */
export function hasConfiguredTokens({ token, tokensFile, jwtSecret, jwksFile }: AccessOptions): boolean {
  return [token, tokensFile, jwtSecret, jwksFile].some((source) => source !== undefined);
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Whether it names an origin as browsers send it: `https://app.example`, without a path; or is `*`, or `null`. */
function isOrigin(text: string): boolean {
  return text === "*" || text === "null" || URL.parse(text)?.origin === text;
}
