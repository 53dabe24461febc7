import { describe, expect, test } from "vitest";
import { TURN_PATH } from "../src/gateway/turn-path.ts";
import { blocks, protocol, section } from "./protocol-document.ts";
import { differences, type Facts, factsOfCode, factsOfDocument, tables } from "./protocol-facts.ts";

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
