/** A source that does not end in the lifetime of a test, by its name. */
export interface StubbornSource {
  readonly name: string;
  readonly source: string;
}

/** Code that keeps its thread busy, each in a way of its own: V8 can interrupt all of it (rule C12). */
export const stubbornSources: readonly StubbornSource[] = [
  { name: "an endless loop", source: "while (true) {}" },
  { name: "an endless chain of microtasks", source: "for (;;) await null" },
  { name: "a catastrophic regular expression", source: `/^(a+)+$/.test("a".repeat(60) + "b")` },
  {
    name: "a big sort with a comparator",
    source:
      "for (;;) Array.from({ length: 1_000_000 }, (_, index) => (index * 7_919) % 1_000_003).sort((a, b) => a - b)",
  },
];

/** Code that V8 cannot interrupt: it costs its process the life (rule C12). */
export const UNSTOPPABLE = "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)";
