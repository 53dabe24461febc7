import type { Realm } from "./realm.ts";

/** What the prelude tells the executor: a kind, and up to three arguments that structured cloning can carry. */
export type Send = (kind: Signal, a?: unknown, b?: unknown, c?: unknown) => void;

/** The kinds of {@link Send}. */
export type Signal =
  | "begin"
  | "text"
  | "image"
  | "notify"
  | "yield"
  | "write"
  | "call"
  | "timer"
  | "untimer"
  | "done"
  | "fail"
  | "exit";

/** The way out of the isolate. */
export function createSend(ignored: Send, sync: Send) {
  let sent = 0;
  let over = false;

  /**
   * Every 32nd message is synchronous. Ignored messages alone starve the event loop of the process for good: it never
   * gets past a cell that sends without a pause, and could not even be told to stop it.
   */
  const send: Send = (kind, a, b, c) => {
    if (over) return;
    sent += 1;
    if (sent % 32 === 0) sync(kind, a, b, c);
    else ignored(kind, a, b, c);
  };

  /** The cell's last message: nothing that it does afterwards has an effect (rules J7, J9). */
  const sendLast: Send = (kind, a) => {
    if (over) return;
    over = true;
    sync(kind, a);
  };
  return { send, sendLast };
}

/** Running the code, and `exit` (rules J1, J7, J9). `text` puts out what the code returns. */
export function createRun(realm: Realm, send: Send, sendLast: Send, text: (value: unknown) => void, maxError: number) {
  const { apply, defineGlobal, defineProperty, functionText, NativeSyntaxError } = realm;
  const { slice, then, toText, toWellFormed } = realm;

  /** The stack if the thrown value has one, else its string form (rule J10). */
  const describe = (thrown: unknown): string => {
    try {
      const hasStack = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
      const stack: unknown = hasStack ? (thrown as { stack?: unknown }).stack : undefined;
      const described = typeof stack === "string" && stack !== "" ? stack : toText(thrown);
      return apply(toWellFormed, apply(slice, described, [0, maxError]), []);
    } catch {
      return "the thrown value has no string form";
    }
  };

  const fail = (thrown: unknown): void => sendLast("fail", describe(thrown));

  const finish = (value: unknown): void => {
    try {
      if (value !== undefined) text(value);
      sendLast("done");
    } catch (thrown) {
      fail(thrown);
    }
  };

  defineGlobal("exit", (): never => {
    sendLast("exit");
    // The executor has told the isolate to stop by now. V8 does so at the next loop edge: this is one, so that no
    // `catch` and no `finally` of the cell ever runs (rule J7).
    for (;;);
  });

  /**
   * Runs the cell's code, which stands in the body of an async function. If the code closes that body itself, it ends
   * early, and what comes after it would run around it: so does no program.
   */
  const run = (body: () => Promise<unknown>, bodyLength: number): void => {
    if (apply(functionText, body, []).length !== bodyLength) throw new NativeSyntaxError("Unexpected token '}'");
    send("begin");
    try {
      const completion = body();
      // `then` asks the promise for its constructor, which the code may have changed by now.
      defineProperty(completion, "constructor", { value: undefined });
      apply(then, completion, [finish, fail]);
    } catch (thrown) {
      fail(thrown);
    }
  };
  return { run, fail };
}
