import { DriverProcess } from "./driver-process.ts";
import { machineState } from "./machine.ts";
import type { Answer, Order } from "./messages.ts";
import type { Failure, Outcome, Result } from "./result.ts";
import type { Subject } from "./runtime.ts";
import type { Section } from "./section.ts";

const openMs = 30_000;

/** After so long, every section still has its turn, but one round of it is enough. */
const budgetMs = 480_000;
const quickBudgetMs = 30_000;

/** What a run of the benchmark is made of. */
export interface BenchOptions {
  readonly subjects: readonly { readonly subject: Subject; readonly folder: string }[];
  readonly sections: readonly Section[];
  readonly quick: boolean;
  /** Subjects that are not there, and why. */
  readonly missing: ReadonlyMap<string, string>;
  readonly progress: (line: string) => void;
}

/**
 * Measures all subjects in all sections. In a section the subjects take turns, so that whatever else the machine does
 * hits all of them; which one begins changes from round to round.
 */
export async function bench(options: BenchOptions): Promise<Result> {
  const { subjects, sections, missing } = options;
  const before = machineState();
  const start = performance.now();
  const deadline = start + (options.quick ? quickBudgetMs : budgetMs);
  const stands = subjects.map((one) => new Stand(one, options));
  try {
    for (const section of sections) await measure(section, stands, deadline, options);
  } finally {
    await Promise.all(stands.map((stand) => stand.close()));
  }
  return {
    before,
    after: machineState(),
    seconds: (performance.now() - start) / 1_000,
    subjects: subjects.map(({ subject: { name, about } }) => ({ name, about })),
    metrics: sections.flatMap(({ name: section, metrics }) => metrics.map((metric) => ({ ...metric, section }))),
    outcomes: stands.flatMap((stand) => stand.outcomes),
    missing,
  };
}

/** Past the deadline a section has one round. */
async function measure(
  section: Section,
  stands: readonly Stand[],
  deadline: number,
  { quick, progress }: BenchOptions,
): Promise<void> {
  const rounds = quick ? section.quickRounds : section.rounds;
  for (const stand of stands) stand.begin(section);
  for (let round = quick ? 1 : 1 - section.warmUpTurns; round <= rounds; round++) {
    if (round > 1 && performance.now() > deadline) return;
    progress(`${section.name}: ${round < 1 ? "warming up" : `round ${round} of ${rounds}`}`);
    const first = round % stands.length;
    for (const stand of [...stands.slice(first), ...stands.slice(0, first)]) await stand.turn(section, round > 0);
  }
}

/** A subject with its driver, which is there from the first turn on and anew after a failure. */
class Stand {
  readonly outcomes: Outcome[] = [];
  readonly #one: BenchOptions["subjects"][number];
  readonly #options: BenchOptions;
  #driver: DriverProcess | undefined;
  #samples = new Map<string, number[]>();
  #failed = false;

  constructor(one: BenchOptions["subjects"][number], options: BenchOptions) {
    this.#one = one;
    this.#options = options;
  }

  begin({ name: section }: Section): void {
    this.#samples = new Map();
    this.#failed = false;
    this.outcomes.push({ subject: this.#one.subject.name, section, samples: this.#samples });
  }

  /** What fails once in a section is not tried again in it. */
  async turn(section: Section, counts: boolean): Promise<void> {
    if (this.#failed) return;
    if (section.alone) await this.close();
    const { subject, folder } = this.#one;
    const openOrder: Order = { type: "open", subject: subject.name, folder, warmUpCells: 10 };
    const opened = this.#driver ?? (await this.#ask(openOrder, openMs));
    const answer =
      opened instanceof DriverProcess || opened.type === "done"
        ? await this.#ask({ type: "take", section: section.name, quick: this.#options.quick }, section.timeoutMs)
        : opened;
    if (counts) for (const { metric, value } of answer.samples) this.#add(metric, value);
    if (answer.type === "failed") await this.#fail(answer);
    if (section.alone) await this.close();
  }

  async close(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    await driver?.close();
  }

  async #ask(order: Order, timeoutMs: number): Promise<Answer> {
    this.#driver ??= new DriverProcess();
    try {
      return await this.#driver.ask(order, timeoutMs);
    } catch (error) {
      return { type: "failed", message: (error as Error).message, unsupported: false, samples: [] };
    }
  }

  /** A driver that has seen a failure is not to be trusted: the next section gets a new one. */
  async #fail({ message, unsupported }: Failure): Promise<void> {
    this.#failed = true;
    const outcome = this.outcomes.pop();
    if (outcome) this.outcomes.push({ ...outcome, failure: { message, unsupported } });
    if (!unsupported) this.#options.progress(`  ${this.#one.subject.name} failed: ${message}`);
    await this.close();
  }

  #add(metric: string, value: number): void {
    this.#samples.set(metric, [...(this.#samples.get(metric) ?? []), value]);
  }
}
