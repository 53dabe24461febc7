/** One instruction of a Dockerfile, its flags (`--from=build`) taken off its arguments. */
export interface Instruction {
  name: string;
  flags: Record<string, string>;
  rest: string;
}

/** What stands between one FROM and the next. */
export interface Stage {
  name: string;
  base: string;
  instructions: Instruction[];
}

/** Reads a Dockerfile into its stages. Covers what a plain one uses: comments, continued lines and flags. */
export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n/g, " ")
    .split("\n");
  for (const line of lines.filter((candidate) => candidate.trim() !== "")) {
    const instruction = parseInstruction(line.trim());
    if (instruction.name === "FROM") {
      const [base = "", , name = String(stages.length)] = instruction.rest.split(/\s+/);
      stages.push({ name, base, instructions: [] });
    } else {
      stages.at(-1)!.instructions.push(instruction);
    }
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const [, name = "", tail = ""] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let rest = tail;
  for (;;) {
    const [whole, flag, value] = /^--([a-z-]+)=(\S+)\s+/.exec(rest) ?? [];
    if (whole === undefined) return { name: name.toUpperCase(), flags, rest };
    flags[flag!] = value!;
    rest = rest.slice(whole.length);
  }
}
