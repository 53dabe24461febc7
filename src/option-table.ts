import { type ChoiceName, choicesOf, optionChoices } from "./option-choices.ts";
import { type LimitName, limitTable } from "./protocol/limits.ts";

/** One option of the gateway: a row of the table that flags, environment variables and `--help` come from. */
export interface OptionRow {
  /** Without the dashes: `--yield-ms`. */
  readonly flag: string;
  /** `CELLGATE_YIELD_MS` */
  readonly variable: string;
  readonly default: string;
  readonly unit: string;
  readonly meaning: string;
}

const general: readonly OptionRow[] = [
  option("host", "127.0.0.1", "address", "where to listen; anything but loopback needs configured tokens"),
  option("port", "8080", "port", "where to listen; 0: any free one"),
  option("token", "made at start", "text", "a token that may do everything; at least 16 characters"),
  option("tokens-file", "none", "path", "tokens by name, a JSON list; read again when it changes, and on SIGHUP"),
  option("jwt-secret", "none", "text", "secret of JWTs that are signed by HS256; at least 32 bytes"),
  option("jwks-file", "none", "path", "public keys of JWTs, a JSON Web Key Set; read again as the tokens file is"),
  option("jwt-issuer", "any", "text", "what the claim `iss` of a JWT must be"),
  option("jwt-audience", "any", "text", "what the claim `aud` of a JWT must have"),
  option("origins", "its own", "list", "origins whose pages may connect, with commas between them; `*`: any"),
  choice("metrics", "who may read `/metrics`: tokens of scope observe or admin, or anybody"),
  choice("logLevel", "how much is logged, as JSON lines on stderr"),
  option("executors", "cores, at least 2", "count", "processes that run the cells of all sessions"),
  choice("isolateReuse", "whether a session's later cells may share an isolate"),
  choice("jit", "whether V8 compiles cells; off: slower loops, no writable machine code"),
  choice("isolation", "whether sessions share processes, or each has its own"),
];

/** Every limit's name, in the order of the table. */
export const limitNames = Object.keys(limitTable) as LimitName[];

/** Every option, in the order of `--help` and of the README. */
export const optionTable: readonly OptionRow[] = [
  ...general,
  ...limitNames.map((name) => {
    const { value, unit, meaning } = limitTable[name];
    return option(flagOf(name), String(value), unit, meaning);
  }),
];

/** The option table as text. */
export function helpText(): string {
  const rows = optionTable.map(({ flag, variable, default: value, unit, meaning }) => {
    return `  --${flag.padEnd(32)}${meaning} (${unit}; default ${value})\n${" ".repeat(36)}${variable}`;
  });
  return `Usage: cellgate [options]\n       cellgate load SCENARIO [options]\n\nServes turns until SIGTERM or SIGINT; or loads a gateway.\n\nOptions:\n${rows.join("\n")}\n`;
}

/** `yield-ms` for `yieldMs`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `CELLGATE_YIELD_MS` for `yield-ms`. */
export function variableOf(flag: string): string {
  return `CELLGATE_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function choice(name: ChoiceName, meaning: string): OptionRow {
  return option(flagOf(name), optionChoices[name][0], choicesOf(name), meaning);
}

function option(flag: string, value: string, unit: string, meaning: string): OptionRow {
  return { flag, variable: variableOf(flag), default: value, unit, meaning };
}
