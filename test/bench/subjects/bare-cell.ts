import type ivm from "isolated-vm";
import type { Dialect } from "../work.ts";

export const bareDialect: Dialect = {
  call: (tool, argument) => `call("${tool}", ${argument})`,
  text: (expression) => `text(${expression});`,
  notify: (expression) => `notify(${expression})`,
};

/** What a cell needs at the least: `$0` sends to the host; the value is what the host answers calls with. */
const prelude = `
  const send = $0, calls = new Map(); let last = 0;
  globalThis.text = (value) => send("text", String(value));
  globalThis.notify = (value) => send("notify", String(value));
  globalThis.call = (tool, input) => new Promise((resolve) => {
    calls.set(++last, resolve);
    send("call", tool, JSON.stringify(input), last);
  });
  return (id, json) => { calls.get(id)(JSON.parse(json)); calls.delete(id); };
`;

/** What a cell says: its last is `done`, or `failed` with the reason as its text. `call` has the tool's name as its text. */
export type Send = (
  kind: "text" | "notify" | "call" | "done" | "failed",
  text?: string,
  json?: string,
  id?: number,
) => void;

/** A cell and nothing else: no limits watched, nothing checked, nothing cleared away. Returns what answers its calls. */
export function startBareCell(
  { Callback }: Pick<typeof ivm, "Callback">,
  isolate: ivm.Isolate,
  source: string,
  send: Send,
): (id: number, json: string) => void {
  const context = isolate.createContextSync();
  const out = new Callback(send, { ignored: true });
  const deliver = context.evalClosureSync(prelude, [out], { result: { reference: true } });
  context.global.setSync("send", out);
  const whole = `(async () => {${source}\n})().then(() => send("done"), (e) => send("failed", String(e)))`;
  context.eval(whole).catch((error: unknown) => send("failed", String(error)));
  return (id, json) => deliver.applyIgnored(undefined, [id, json]);
}
