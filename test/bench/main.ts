import { writeFile } from "node:fs/promises";
import { bench, type BenchOptions } from "./bench.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { install } from "./peers/cache.ts";
import { report } from "./report.ts";
import { toJson } from "./result-json.ts";
import { anchorName, ownSubjects, peers } from "./subjects/subjects.ts";

/** `npm run bench`: measures cellgate beside what it stands on, and beside its peers. */

// An end from outside is one with an exit all the same: that is what stops the drivers.
process.once("SIGTERM", () => process.exit(143)).once("SIGINT", () => process.exit(130));

const options = readOptions(process.argv.slice(2));
if (options) await run(options);
else process.stdout.write(usage);

async function run({ json, peers: withPeers, quick, sections }: Options): Promise<void> {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const missing = new Map<string, string>();
  const subjects: BenchOptions["subjects"][number][] = ownSubjects.map((subject) => ({ subject, folder: "" }));
  if (withPeers) subjects.push(...(await installed(missing, progress)));
  else missing.set(anchorName, "and all other peers: not asked for (--peers), so there is nothing to compare with");
  const result = await bench({ subjects, sections, quick, missing, progress });
  process.stdout.write(report(result));
  if (json !== undefined) await writeFile(json, toJson(result));
}

/** The peers that could be had. */
async function installed(
  missing: Map<string, string>,
  progress: (line: string) => void,
): Promise<BenchOptions["subjects"][number][]> {
  const subjects: BenchOptions["subjects"][number][] = [];
  for (const subject of peers) {
    progress(`installing ${subject.name}`);
    try {
      subjects.push({ subject, folder: await install(subject) });
    } catch (error) {
      const { message } = error as Error;
      missing.set(subject.name, message);
      progress(`  MISSING: ${subject.name}: ${message}`);
    }
  }
  return subjects;
}
