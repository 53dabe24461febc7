import { on, once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { BEARER_PROTOCOL } from "../src/gateway/auth.ts";
import { TURN_PATH } from "../src/gateway/turn-path.ts";
import { type RunningGateway, startGateway } from "../src/index.ts";
import { closeCodes } from "../src/protocol/close-codes.ts";
import { cellErrors, requestErrors, toolErrors } from "../src/protocol/error-codes.ts";
import { limitTable } from "../src/protocol/limits.ts";
import type { CellStatus, CellUsage } from "../src/protocol/values.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const protocol = read("protocol.md");

/** What the document and the code must say alike: a name for each thing, and what is said of it. */
type Facts = Map<string, string>;

/** Types that the document gives as a table, or that are no part of the protocol. */
const notDeclared = ["RequestErrorCode", "CellErrorCode", "ToolErrorCode", "SequencedFrame"];

function add(facts: Facts, name: string, value: string): void {
  const earlier = facts.get(name);
  facts.set(name, earlier === undefined ? value : `${earlier}, and once more ${value}`);
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Cuts at each `;` that stands in no braces. */
function statements(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}") depth--;
    else if (text[at] === ";" && depth === 0) {
      found.push(oneLine(text.slice(start, at)));
      start = at + 1;
    }
  }
  const rest = oneLine(text.slice(start));
  if (rest !== "") throw new Error(`expected a ; behind ${rest}`);
  return found;
}

/**
 * The interfaces and types of a source text, a fact for each field. It reads what the protocol's files are made of and
 * stumbles over whatever else is declared there. TypeScript 7 has an API, but calls it unstable.
 */
function addDeclarations(facts: Facts, source: string): void {
  const text = source.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
  const interfaces = [...text.matchAll(/^(?:export )?interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}$/gms)];
  const types = [...text.matchAll(/^(?:export )?type (\w+) =(.*?);$/gms)];
  const declared = [...text.matchAll(/^(?:export )?(?:interface|type) /gm)].length;
  const understood = interfaces.length + types.length;
  if (declared !== understood) throw new Error(`expected to understand ${declared} declarations, got ${understood}`);
  for (const [, name, base, body] of interfaces) {
    add(facts, `interface ${name}`, base ?? "of its own");
    for (const statement of statements(body!)) {
      const [, field, mark, type] = /^(\w+)(\??): (.+)$/.exec(statement) ?? [];
      if (!type) throw new Error(`interface ${name}: expected a field, got ${statement}`);
      add(facts, `field ${name}.${field}`, mark === "?" ? `optional ${type}` : type);
    }
  }
  for (const [, name, type] of types) {
    if (!notDeclared.includes(name!)) add(facts, `type ${name}`, oneLine(type!).replace(/^\| /, ""));
  }
}

/** The members of a union, be they names or texts in quotes. */
const membersOf = (union: string): string[] => union.split("|").map((member) => member.trim().replaceAll('"', ""));

function factsOfCode(): Facts {
  const facts: Facts = new Map();
  for (const file of [
    "client-frames",
    "server-frames",
    "values",
    "error-codes",
    "observer-frames",
    "observed-events",
  ]) {
    addDeclarations(facts, read(`src/protocol/${file}.ts`));
  }
  for (const [whose, union] of [
    ["of the client", "ClientFrame"],
    ["of the gateway", "ServerFrame"],
    ["of observers", "ObserverClientFrame"],
    ["for observers", "ObserverServerFrame"],
  ]) {
    for (const name of membersOf(facts.get(`type ${union}`)!)) {
      const [tag] = membersOf(facts.get(`field ${name}.type`)!);
      add(facts, `frame ${tag} ${whose}`, name);
      add(facts, `section on ${tag} ${whose}`, "there");
    }
  }
  for (const name of membersOf(facts.get("type ObservedEvent")!)) {
    const [tag] = membersOf(facts.get(`field ${name}.type`)!);
    add(facts, `event ${tag}`, name);
  }
  const [, subprotocols] = /^export type Subprotocol = (.*?);$/m.exec(read("src/protocol/codec.ts"))!;
  for (const subprotocol of membersOf(subprotocols!)) add(facts, `subprotocol ${subprotocol}`, "there");
  add(facts, `subprotocol ${BEARER_PROTOCOL}<base64url>`, "there");
  for (const [code, { retryable }] of Object.entries(requestErrors)) {
    add(facts, `request error ${code}`, retryable ? "retryable" : "not retryable");
  }
  for (const code of Object.keys(cellErrors)) add(facts, `cell error ${code}`, "there");
  for (const code of Object.keys(toolErrors)) add(facts, `tool error ${code}`, "there");
  for (const [code, { name, reconnect, session }] of Object.entries(closeCodes)) {
    add(facts, `close code ${code}`, [name, reconnect, session].join("; ").replaceAll("`", ""));
  }
  for (const [name, { value, unit, announced }] of Object.entries(limitTable)) {
    add(facts, `limit ${name}`, `${value} ${unit}, ${announced ? "announced" : "not announced"}`);
  }
  return facts;
}

/** What stands under a heading, up to the next of its level or above. */
function section(document: string, heading: string): string {
  const lines = document.split("\n");
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`expected a heading ${heading}`);
  const level = heading.indexOf(" ");
  let fenced = false;
  const length = lines.slice(start + 1).findIndex((line) => {
    if (line.startsWith("```")) fenced = !fenced;
    return !fenced && /^#+ /.test(line) && line.indexOf(" ") <= level;
  });
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join("\n");
}

/** The blocks of one language in a text, without their fences. */
const blocks = (text: string, language: string): string[] =>
  Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms")), ([, block]) => block!);

/** The rows of the first table under a heading, without its head. */
function rows(document: string, heading: string): string[][] {
  const [, table] = /^((?:\|[^\n]*\n?)+)/m.exec(section(document, heading)) ?? [];
  const lines = (table ?? "").trim().split("\n").slice(2);
  return lines.map((line) => {
    const cells = line.split("|").slice(1, -1);
    return cells.map((cell) => cell.trim().replaceAll("`", ""));
  });
}

/** Under which heading each frame has a section. */
const frameSections = {
  "of the client": "## Frames of the client",
  "of the gateway": "## Frames of the gateway",
  "of observers": "## Frames of observers",
  "for observers": "## Frames for observers",
};

/** The tables that are held against the code, and the fact that a row of each is. */
const tables: { [heading: string]: (cells: string[]) => [name: string, value: string] } = {
  "### Address and subprotocol": ([name]) => [`subprotocol ${name}`, "there"],
  "## Frames": ([from, tag, name]) => [`frame ${tag} of the ${from}`, name!],
  "## Observers": ([from, tag, name]) => [`frame ${tag} ${from === "observer" ? "of" : "for"} observers`, name!],
  "## Observed events": ([tag, name]) => [`event ${tag}`, name!],
  "## Request errors": ([code, retryable]) => {
    return [`request error ${code}`, retryable === "yes" ? "retryable" : "not retryable"];
  },
  "## Cell errors": ([code]) => [`cell error ${code}`, "there"],
  "## Tool errors": ([code]) => [`tool error ${code}`, "there"],
  "## Close codes": ([code, ...columns]) => [`close code ${code}`, columns.slice(0, 3).join("; ")],
  "## Limits": ([name, value, unit, announced]) => {
    const number = value!.replaceAll(",", "");
    return [`limit ${name}`, `${number} ${unit}, ${announced === "yes" ? "announced" : "not announced"}`];
  },
};

function factsOfDocument(document: string): Facts {
  const facts: Facts = new Map();
  addDeclarations(facts, blocks(document, "ts").join("\n"));
  for (const [heading, factOf] of Object.entries(tables)) {
    for (const cells of rows(document, heading)) add(facts, ...factOf(cells));
  }
  for (const [whose, heading] of Object.entries(frameSections)) {
    for (const [, tag] of section(document, heading).matchAll(/^### `(\w+)`$/gm)) {
      add(facts, `section on ${tag} ${whose}`, "there");
    }
  }
  return facts;
}

/** In what the document and the code differ, a line each. */
function differences(documented: Facts, code: Facts): string[] {
  const names = new Set([...code.keys(), ...documented.keys()]);
  return [...names].flatMap((name) => {
    const [said, is] = [documented.get(name), code.get(name)];
    if (said === is) return [];
    if (said === undefined) return [`${name}: not in protocol.md`];
    return is === undefined ? [`${name}: not in the code`] : [`${name}: ${said} in protocol.md, ${is} in the code`];
  });
}

/** The document with one text in it replaced. */
function edited(from: string | RegExp, to: string): string {
  const document = protocol.replace(from, to);
  if (document === protocol) throw new Error(`expected the document to have ${String(from)}`);
  return document;
}

const row = (start: string): RegExp => new RegExp(`^\\| ${start}[^\\n]*\\n`, "m");

describe("protocol.md", () => {
  test("has every frame, field, code, subprotocol and limit of the code, as it is there, and no other", () => {
    expect(differences(factsOfDocument(protocol), factsOfCode())).toEqual([]);
  });

  test("names the path at which turns connect", () => {
    expect(section(protocol, "### Address and subprotocol")).toContain(`\`${TURN_PATH}\``);
  });

  test("has no link to a heading that is not there", () => {
    const seen = new Map<string, number>();
    const anchors = Array.from(protocol.matchAll(/^#+ (.+)$/gm), ([, heading]) => {
      const anchor = heading!
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replace(/\s/g, "-");
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    });
    const links = Array.from(protocol.matchAll(/\]\(#([^)]+)\)/g), ([, anchor]) => anchor!);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});

describe("the comparison of protocol.md with the code", () => {
  test.each<[what: string, document: string, reported: string[]]>([
    [
      "a frame without its row",
      edited(row("client +\\| `ping`"), ""),
      ["frame ping of the client: not in protocol.md"],
    ],
    [
      "a frame under another tag",
      edited("| `tool_cancel`", "| `tool_abort`"),
      ["frame tool_cancel of the gateway: not in protocol.md", "frame tool_abort of the gateway: not in the code"],
    ],
    ["a frame without its section", edited("### `pong`\n", ""), ["section on pong of the gateway: not in protocol.md"]],
    [
      "a renamed field",
      edited("maxWallMs?: number", "maxTimeMs?: number"),
      ["field ExecuteFrame.maxWallMs: not in protocol.md", "field ExecuteFrame.maxTimeMs: not in the code"],
    ],
    [
      "a field that is optional only in the document",
      edited("  source: string;", "  source?: string;"),
      ["field ExecuteFrame.source: optional string in protocol.md, string in the code"],
    ],
    [
      "a field of another type",
      edited("  ok: boolean;", "  ok: number;"),
      ["field CellFinishedFrame.ok: number in protocol.md, boolean in the code"],
    ],
    [
      "a frame on another base",
      edited("interface AckFrame extends FromClient", "interface AckFrame extends Request"),
      ["interface AckFrame: Request in protocol.md, FromClient in the code"],
    ],
    [
      "a reason that is not there",
      edited('"taken" | "expired" | "session_ended"', '"taken" | "expired"'),
      ['type CellClosedReason: "taken" | "expired" in protocol.md, "taken" | "expired" | "session_ended" in the code'],
    ],
    ["a request error that is not there", edited(row("`ending`"), ""), ["request error ending: not in protocol.md"]],
    [
      "a request error that may be retried only in the document",
      edited(/(?<=`ending` +\| )no/, "yes"),
      ["request error ending: retryable in protocol.md, not retryable in the code"],
    ],
    ["a cell error that is not there", edited(row("`wall_limit`"), ""), ["cell error wall_limit: not in protocol.md"]],
    ["a tool error that is not there", edited(row("`bad_result`"), ""), ["tool error bad_result: not in protocol.md"]],
    [
      "a tool error of the document alone",
      edited(row("`bad_result`"), "$&| `tool_bored` | host | it is bored |\n"),
      ["tool error tool_bored: not in the code"],
    ],
    [
      "a close code that is not there",
      edited(row("4409"), ""),
      [expect.stringMatching(/^close code 4409: not in protocol/)],
    ],
    [
      "a close code after which the document would have one reconnect",
      edited(/(?<=^\| 4409[^|]+\|[^|]+\| )no/m, "yes"),
      [expect.stringMatching(/^close code 4409: taken_over; yes; .* in protocol.md, taken_over; no; .* in the code$/)],
    ],
    [
      "a limit with another default",
      edited(/(?<=`helloMs` +\| )10,000/, "20,000"),
      ["limit helloMs: 20000 ms, not announced in protocol.md, 10000 ms, not announced in the code"],
    ],
    [
      "a limit in another unit",
      edited(/(?<=`helloMs` +\| 10,000 +\| )ms/, "count"),
      ["limit helloMs: 10000 count, not announced in protocol.md, 10000 ms, not announced in the code"],
    ],
    [
      "a limit that is announced only in the document",
      edited(/(?<=`helloMs` +\| 10,000 +\| ms +\| )no/, "yes"),
      ["limit helloMs: 10000 ms, announced in protocol.md, 10000 ms, not announced in the code"],
    ],
    [
      "a row that stands there twice",
      edited(row("`closedCells`"), "$&$&"),
      [expect.stringMatching(/^limit closedCells: .*, and once more .* in protocol.md, .* in the code$/)],
    ],
    [
      "a subprotocol of the document alone",
      edited("| `cellgate.v1.json`", "| `cellgate.v1.cbor`"),
      ["subprotocol cellgate.v1.json: not in protocol.md", "subprotocol cellgate.v1.cbor: not in the code"],
    ],
  ])("reports %s", (_, document, reported) => {
    expect(differences(factsOfDocument(document), factsOfCode())).toEqual(reported);
  });

  test("reports each fact of the code that is missing from it, and each that is new to it", () => {
    const documented = factsOfDocument(protocol);
    const code = factsOfCode();
    expect(code.size).toBeGreaterThan(200);
    for (const [name, value] of code) {
      const less = new Map(code);
      less.delete(name);
      expect(differences(documented, less)).toEqual([`${name}: not in the code`]);
      expect(differences(documented, new Map(code).set(`${name} too`, value))).toEqual([
        `${name} too: not in protocol.md`,
      ]);
    }
  });

  test("reports whichever row of its tables or line of its interfaces is dropped", () => {
    const tableRows = Object.keys(tables).flatMap((heading) => section(protocol, heading).split("\n"));
    const typeLines = blocks(protocol, "ts").flatMap((block) => block.split("\n"));
    const watched = new Set([
      ...tableRows.filter((line) => /^\| +(?:client|gateway|observer|`|\d)/.test(line)),
      ...typeLines.filter((line) => /^ {2}(?:\w+\??:|\|) /.test(line)),
    ]);
    const lines = protocol.split("\n");
    const dropped = lines.flatMap((line, index) => (watched.has(line) ? [index] : []));
    expect(dropped.length).toBeGreaterThan(250);
    const code = factsOfCode();
    const unnoticed = dropped.filter((index) => isLikeTheCode(lines.toSpliced(index, 1).join("\n"), code));
    expect(unnoticed.map((index) => lines[index])).toEqual([]);
  });
});

/** Whether nothing is reported. A document that cannot be read any more is not like the code. */
function isLikeTheCode(document: string, code: Facts): boolean {
  try {
    return differences(factsOfDocument(document), code).length === 0;
  } catch {
    return false;
  }
}

/**
 * A line of a worked exchange: a frame of the client or of the gateway (`⇠`: one that is lost), one of an observer or for
 * it (`⇒`, `⇐`), a close, or a cut.
 */
interface Step {
  readonly mark: string;
  readonly text: string;
}

function stepsOf(document: string, heading: string): Step[] {
  const lines = blocks(section(document, heading), "text").join("").replace(/\n +/g, " ").trim().split("\n");
  return lines.map((line) => ({ mark: line.slice(0, 1), text: line.slice(2) }));
}

/** Ids are new in each run. What the document calls by one stands for what the gateway calls so this time. */
class Ids {
  readonly #real = new Map<string, string>();

  translate(text: string): string {
    return Array.from(this.#real).reduce((result, [said, real]) => result.replaceAll(said, real), text);
  }

  learn(said: object, real: object): void {
    for (const [key, name] of Object.entries(said)) {
      const value = (real as { [key: string]: unknown })[key];
      const isId = ["sessionId", "sessionToken", "cellId"].includes(key);
      if (isId && typeof name === "string" && typeof value === "string") this.#real.set(name, value);
      if (isObject(name) && isObject(value)) this.learn(name, value);
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** What is another in each run. */
const changing = ["ageMs", "version", "wallMs", "cpuMs", "atMs", "nowMs", "openedAtMs", "queuedMs"];
const changingSizes = ["bytes", "sizeBytes", "receivedBytes", "sentBytes"];

/** Ages, times, sizes and versions may be any; how much a cell used is there once it was measured. */
const comparable = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => {
    if (changing.includes(key) || changingSizes.includes(key)) return typeof value;
    if (key === "usage") return { ...(value as CellUsage), heapBytes: "any" };
    if (key === "cells" && Array.isArray(value)) {
      return (value as CellStatus[]).map((cell) => ({ ...cell, cpuMs: "any", heapBytes: "any" }));
    }
    return value;
  });

describe("the worked exchanges of protocol.md", () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await startGateway({ executors: 1 });
  });

  afterAll(() => gateway.close());

  const connect = async ({ url, token } = gateway) => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, ["cellgate.v1.json"], { headers });
    const messages = on(socket, "message");
    const closed = once(socket, "close");
    await once(socket, "open");
    return { socket, messages, closed };
  };

  test("happen as they are written, from the first frame to the close", async () => {
    const steps = stepsOf(protocol, "## Worked exchanges");
    expect(steps.length).toBeGreaterThan(50);
    const ids = new Ids();
    let turn = await connect();
    for (const { mark, text } of steps) {
      if (mark === "→") turn.socket.send(ids.translate(text));
      else if (mark === "←" || mark === "⇠") {
        const { value } = await turn.messages.next();
        const message = String(value?.[0]);
        ids.learn(JSON.parse(text), JSON.parse(message));
        expect(comparable(message)).toEqual(comparable(ids.translate(text)));
      } else if (mark === "✂") {
        turn.socket.terminate();
        turn = await connect();
      } else {
        const [code, reason] = await turn.closed;
        expect(`${mark} ${code} ${reason}`).toBe(`× ${text}`);
      }
    }
  });

  test("happen for an observer as they are written, in whichever portions its events come", async () => {
    const own = await startGateway({ executors: 1 });
    onTestFinished(() => own.close());
    const [host, observer] = [await connect(own), await connect(own)];
    host.socket.send(JSON.stringify({ type: "hello", client: { name: "example", version: "1.0.0" } }));
    await host.messages.next();
    const next = async () => JSON.parse(String((await observer.messages.next()).value?.[0]));
    const ids = new Ids();
    const steps = stepsOf(protocol, "### An observed session");
    expect(steps.length).toBeGreaterThan(10);
    for (const { mark, text } of steps) {
      if (mark === "⇒") observer.socket.send(ids.translate(text));
      else if (mark === "→") host.socket.send(ids.translate(text));
      else {
        const said = JSON.parse(text);
        const real = await next();
        while (real.events?.length < said.events?.length) real.events.push(...(await next()).events);
        ids.learn(said, real);
        expect(comparable(JSON.stringify(real))).toEqual(comparable(ids.translate(text)));
      }
    }
  });
});
