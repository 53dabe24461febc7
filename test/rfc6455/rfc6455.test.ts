import { afterAll, describe, expect, test } from "vitest";
import { table } from "../bench/table.ts";
import { rawRequest, upgradeHead } from "../support/raw-request.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { exchange } from "./exchange.ts";
import type { Category, Row } from "./row.ts";
import { binary } from "./rows/binary.ts";
import { closing } from "./rows/closing.ts";
import { controlFrames } from "./rows/control-frames.ts";
import { fragmentation } from "./rows/fragmentation.ts";
import { framing } from "./rows/framing.ts";
import { limits } from "./rows/limits.ts";
import { opening } from "./rows/opening.ts";
import { utf8 } from "./rows/utf8.ts";

const gateway = sharedGateway();
const categories: readonly Category[] = [
  ...framing,
  ...controlFrames,
  ...fragmentation,
  ...utf8,
  ...closing,
  ...limits,
  binary,
];

/** Bytes of a row up to which it is sent byte by byte as well. */
const SHORT = 2_000;

const bytesOf = ({ bytes }: Row): Buffer => Buffer.concat(bytes.filter((part) => part !== "FIN"));
const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}…` : text);
/** `a, b, b, b` as `a, b ×3`. */
const listed = (tokens: readonly string[]): string => {
  const runs: { token: string; count: number }[] = [];
  for (const token of tokens) {
    const last = runs.at(-1);
    if (last?.token === token) last.count += 1;
    else runs.push({ token, count: 1 });
  }
  return runs.map(({ token, count }) => shortened(token) + (count > 1 ? ` ×${count}` : "")).join(", ");
};
const printed: string[][] = [];

test.each(opening)("the opening handshake, section $section: $sent", async (row) => {
  const { section, sent, method, version = "1.1", headers, status, answer = {} } = row;
  const ours = { Authorization: `Bearer ${gateway().token}`, "Sec-WebSocket-Protocol": "cellgate.v1.json" };
  const head = upgradeHead("/v1/turn", { ...ours, ...headers }, method).replace("HTTP/1.1", `HTTP/${version}`);
  const response = await rawRequest(gateway().url, head);
  printed.push([section, sent, "", `status ${status}`, response.status === status ? "✓" : `status ${response.status}`]);
  expect(response.status).toBe(status);
  const told = Object.keys(answer).map((name) => [name, response.headers.get(name)]);
  expect(Object.fromEntries(told)).toEqual(answer);
});

describe.each(categories)("$title", ({ rows, subprotocol }) => {
  test.each(rows)("section $section: $sent", async (row) => {
    const to = { ...gateway(), subprotocol };
    const came = await exchange(to, row, "at once");
    const asExpected = JSON.stringify(came) === JSON.stringify(row.expected);
    const bytes = bytesOf(row);
    printed.push([
      row.section,
      row.sent,
      shortened(bytes.toString("hex")),
      listed(row.expected),
      asExpected ? "✓" : listed(came),
    ]);
    expect(came).toEqual(row.expected);
    if (bytes.length <= SHORT) expect(await exchange(to, row, "byte by byte")).toEqual(row.expected);
  });
});

afterAll(() => {
  const head = ["section", "sent", "its bytes", "expected", "came"];
  console.log(table(head, printed, head.length));
});
