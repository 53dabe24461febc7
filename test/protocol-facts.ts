import { BEARER_PROTOCOL } from "../src/gateway/auth.ts";
import { closeCodes } from "../src/protocol/close-codes.ts";
import { cellErrors, requestErrors, toolErrors } from "../src/protocol/error-codes.ts";
import { limitTable } from "../src/protocol/limits.ts";
import { blocks, read, rows, section } from "./protocol-document.ts";

/** What the document and the code must say alike: a name for each thing, and what is said of it. */
export type Facts = Map<string, string>;

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

export function factsOfCode(): Facts {
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

/** Under which heading each frame has a section. */
const frameSections = {
  "of the client": "## Frames of the client",
  "of the gateway": "## Frames of the gateway",
  "of observers": "## Frames of observers",
  "for observers": "## Frames for observers",
};

/** The tables that are held against the code, and the fact that a row of each is. */
export const tables: { [heading: string]: (cells: string[]) => [name: string, value: string] } = {
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

export function factsOfDocument(document: string): Facts {
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
export function differences(documented: Facts, code: Facts): string[] {
  const names = new Set([...code.keys(), ...documented.keys()]);
  return [...names].flatMap((name) => {
    const [said, is] = [documented.get(name), code.get(name)];
    if (said === is) return [];
    if (said === undefined) return [`${name}: not in protocol.md`];
    return is === undefined ? [`${name}: not in the code`] : [`${name}: ${said} in protocol.md, ${is} in the code`];
  });
}
