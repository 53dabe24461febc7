import type { Realm } from "./realm.ts";

/** What the prelude tells the executor: a kind, and up to three arguments that structured cloning can carry. */
export type Send = (kind: Signal, a?: unknown, b?: unknown, c?: unknown) => void;

/** The same, answered: whether the cell should pause. */
export type SyncSend = (...message: Parameters<Send>) => boolean;

/** The kinds of {@link Send}. */
export type Signal =
  | "pause"
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

/** The way out of the isolate. In the memory that is shared with the executor stands, at `begun`, whether code runs. */
export function createSend(
  ignored: Send,
  sync: SyncSend,
  shared: Int32Array,
  begun: number,
  sleep: (ms: number) => void,
) {
  /** A synchronous message comes after so many, and after so many characters. */
  const maxMessages = 32;
  const maxChars = 65_536;
  let messages = 0;
  let chars = 0;
  let isAhead = false;
  let over = false;

  const charsOf = (value: unknown): number => (typeof value === "string" ? value.length : 0);

  /**
   * Some messages are synchronous. Ignored messages alone starve the event loop of the process for good: it never gets
   * past a cell that sends without a pause, and could not even be told to stop it. The answer to a synchronous one says
   * whether the cell is faster than the gateway reads; then its next message waits until the gateway has caught up. Not
   * the cell itself: one that puts out a large text and ends has nothing to wait for.
   */
  const send: Send = (kind, a, b, c) => {
    if (shared[begun] === 0 || over) return;
    for (; isAhead; isAhead = sync("pause")) sleep(5);
    messages += 1;
    chars += charsOf(a) + charsOf(b) + charsOf(c);
    if (messages < maxMessages && chars < maxChars) return ignored(kind, a, b, c);
    messages = chars = 0;
    isAhead = sync(kind, a, b, c);
  };

  /** The code starts: what is sent before is lost. */
  const begin = (): void => {
    shared[begun] = 1;
  };

  /** The cell's last message: nothing that it does afterwards has an effect (rules J7, J9). */
  const sendLast = (way: (...message: Parameters<Send>) => unknown, kind: Signal, text?: string): void => {
    if (shared[begun] === 0 || over) return;
    over = true;
    way(kind, text);
  };
  return {
    send,
    begin,
    end: (kind: "done" | "fail", text?: string): void => sendLast(ignored, kind, text),
    /** Returns when the executor has heard it. */
    exit: (): void => sendLast(sync, "exit"),
  };
}

/** Running the code, and `exit` (rules J1, J7, J9). `text` puts out what the code returns. */
export function createRun(
  realm: Realm,
  ways: Pick<ReturnType<typeof createSend>, "begin" | "end" | "exit">,
  text: (value: unknown) => void,
  maxError: number,
) {
  const { apply, define, defineGlobal, functionText, NativeSyntaxError, slice, then, toText, toWellFormed } = realm;

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

  const fail = (thrown: unknown): void => ways.end("fail", describe(thrown));

  const finish = (value: unknown): void => {
    try {
      if (value !== undefined) text(value);
      ways.end("done");
    } catch (thrown) {
      fail(thrown);
    }
  };

  const exit = (): never => {
    ways.exit();
    // The executor has told the isolate to stop by now. V8 does so at the next loop edge: this is one, so that no
    // `catch` and no `finally` of the cell ever runs (rule J7).
    for (;;);
  };
  defineGlobal("exit", exit);

  /**
   * Runs the cell's code, which stands in the body of an async function. If the code closes that body itself, it ends
   * early, and what comes after it would run around it: so does no program.
   */
  const run = (body: () => Promise<unknown>, bodyLength: number): void => {
    if (apply(functionText, body, []).length !== bodyLength) throw new NativeSyntaxError("Unexpected token '}'");
    ways.begin();
    try {
      const completion = body();
      // `then` asks the promise for its constructor, which the code may have changed by now.
      define(completion, "constructor", undefined);
      void apply(then, completion, [finish, fail]);
    } catch (thrown) {
      fail(thrown);
    }
  };
  return { run, fail };
}
