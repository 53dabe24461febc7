import type { Answerer } from "../../executor/cell-record.ts";
import type { HostileCell, HostileTable } from "../hostile-cell.ts";

/** Speaks without end; it is told to stop. */
const endless = (does: string, source: string): HostileCell => ({
  does: `${does}, without end`,
  source: `text("in"); ${source}`,
  terminate: true,
});

/** Answers nothing until there are as many open calls as a cell may have. */
function answerLate(): Answerer {
  const open: (() => void)[] = [];
  return (call, answer) => {
    open.push(() => answer({ ok: true, json: call.input }));
    if (open.length >= 1_024) for (const reply of open.splice(0)) reply();
  };
}

const cells: HostileCell[] = [
  endless("short texts", `for (;;) text("x")`),
  endless("texts of a thousand characters", `for (;;) text("x".repeat(1000))`),
  endless("texts of twenty thousand characters", `for (;;) text("x".repeat(20_000))`),
  endless("texts of a million characters", `for (;;) text("x".repeat(1_000_000))`),
  endless("objects", `const o = { a: Array.from({ length: 1000 }, (_, i) => i) }; for (;;) text(o)`),
  endless("notifications", `for (;;) notify("x")`),
  endless("long notifications", `for (;;) notify("x".repeat(100_000))`),
  endless("images", `for (;;) image("data:image/png;base64," + "x".repeat(10_000))`),
  endless("writes", `for (;;) store("k", "x".repeat(100_000))`),
  endless("yields", `for (;;) yield_control()`),
  endless("calls that are answered", `for (;;) await tools.echo(1)`),
  endless(
    "calls that are answered, a hundred at a time",
    `for (;;) await Promise.all(Array.from({ length: 100 }, (_, i) => tools.echo(i)))`,
  ),
  endless("calls with long inputs", `for (;;) await tools.echo("x".repeat(1_000_000))`),
  endless("calls that are refused", `for (;;) await tools.echo(1n).catch(() => {})`),
  endless("timers that are cleared", `for (;;) clearTimeout(setTimeout(() => 1, 1e6))`),
  endless(
    "timers that make timers",
    `const f = () => setTimeout(f); for (let i = 0; i < 200; i++) f(); await new Promise(() => {})`,
  ),
  endless("text by microtasks", `for (;;) { await null; text("x") }`),
  endless(
    "text by timers",
    `const f = () => { for (let i = 0; i < 1000; i++) text("x"); setTimeout(f) }; f(); await new Promise(() => {})`,
  ),
  endless(
    "everything at once",
    `for (;;) { text("x"); notify("n"); store("k", 1); yield_control(); image("data:,"); tools.echo(1); clearTimeout(setTimeout(() => 1)) }`,
  ),
  endless("exceptions", `for (;;) try { text({ a: 1n }) } catch {}`),
  endless(
    "helpers that are refused",
    `for (;;) { try { store("__proto__", 1) } catch {} try { notify("") } catch {} try { image() } catch {} }`,
  ),
  {
    does: "texts after the end",
    source: `(async () => { for (;;) { await null; text("x") } })(); await null; return "last"`,
    says: "last",
  },
  {
    does: "256 timers and one more",
    source: `let made = 0; try { for (;;) { setTimeout(() => {}, 1e6); made += 1 } } catch (e) { text(e.message) } return made`,
    texts: ["a cell has at most 256 pending timers (timersPerCell)", "256"],
  },
  {
    does: "5,000 calls at once, of which 1,024 are open",
    source: `const all = await Promise.all(Array.from({ length: 5_120 }, (_, i) => tools.echo(i))); return all.every((n, i) => n === i)`,
    texts: ["true"],
    answer: answerLate(),
  },
  { does: "200,000 texts", source: `for (let i = 0; i < 200_000; i++) text(i)`, says: "199999" },
  {
    does: "10,000 notifications",
    source: `for (let i = 0; i < 10_000; i++) notify(i); return "sent"`,
    texts: ["sent"],
  },
  {
    does: "4 texts of the largest size",
    source: `for (let i = 0; i < 4; i++) text("x".repeat(2 ** 24)); return "last"`,
    says: "last",
  },
];

export const floods: HostileTable = {
  title: "Floods",
  claim: "O2, J8, T4: floods of text, notifications, calls, writes and timers hold up nobody",
  cells,
};
