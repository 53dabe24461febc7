import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";
import { ignoreFile } from "./ignore-file.ts";
import { type Instruction, parseDockerfile } from "./dockerfile.ts";

/** A stage after its last instruction: a folder that stands for the file system's root, and what the image would say of itself. */
export interface Image {
  folder: string;
  workdir: string;
  env: Record<string, string>;
  entrypoint: string[];
  cmd: string[];
  healthcheck: string[];
  stopSignal: string;
  port: string;
  user: string;
}

/**
 * Carries a Dockerfile's instructions out in their order, a folder a stage, and returns the last stage. Rejects with
 * the step that failed. What a stage did not copy or make is not there, so a missing step shows as it would in Docker;
 * the base images are not there either: their Node is the one that runs the test, the rest is this machine's.
 */
export async function buildImage(context: string, scratch: string): Promise<Image> {
  const ignored = ignoreFile(await readFile(join(context, ".dockerignore"), "utf8"));
  const images = new Map<string, Image>();
  for (const stage of parseDockerfile(await readFile(join(context, "Dockerfile"), "utf8"))) {
    const image = emptyImage(join(scratch, stage.name));
    await mkdir(image.folder, { recursive: true });
    images.set(stage.name, image);
    for (const instruction of stage.instructions) {
      try {
        await apply(image, instruction, { context, ignored, images });
      } catch (cause) {
        throw new Error(`${stage.name}: ${instruction.name} ${instruction.rest} failed\n${String(cause)}`, { cause });
      }
    }
  }
  return [...images.values()].at(-1)!;
}

/** The environment of a command in the image: the image's own variables, and a PATH that holds this Node and no package's programs. */
export function environmentOf(image: Image): Record<string, string> {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return { ...image.env, PATH: [dirname(process.execPath), ...path].join(delimiter) };
}

/** The folder in which a command of the image starts. */
export function workdirOf(image: Image): string {
  return join(image.folder, image.workdir);
}

function emptyImage(folder: string): Image {
  const commands = { entrypoint: [], cmd: [], healthcheck: [] };
  return { folder, workdir: "/", env: {}, ...commands, stopSignal: "SIGTERM", port: "", user: "root" };
}

interface Build {
  context: string;
  ignored: (path: string) => boolean;
  images: Map<string, Image>;
}

async function apply(image: Image, { name, flags, rest }: Instruction, build: Build): Promise<void> {
  switch (name) {
    case "WORKDIR":
      image.workdir = resolve(image.workdir, rest);
      await mkdir(workdirOf(image), { recursive: true });
      return;
    case "COPY":
      return copy(image, flags["from"], rest.split(/\s+/), build);
    case "RUN":
      return shell(rest, workdirOf(image), { ...builderEnvironment(), ...environmentOf(image) });
    case "ENV":
      for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) image.env[key!] = value!;
      return;
    case "HEALTHCHECK":
      image.healthcheck = JSON.parse(rest.replace(/^CMD\s+/, ""));
      return;
    case "ENTRYPOINT":
      image.entrypoint = JSON.parse(rest);
      return;
    case "CMD":
      image.cmd = JSON.parse(rest);
      return;
    case "STOPSIGNAL":
      image.stopSignal = rest;
      return;
    case "USER":
      image.user = rest;
      return;
    case "EXPOSE":
      image.port = rest;
      return;
    default:
      throw new Error("this test does not know the instruction");
  }
}

async function shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  await new Promise<void>((done, failed) => {
    execFile("/bin/sh", ["-c", command], { cwd, env }, (error, stdout, stderr) => {
      if (error === null) done();
      else failed(new Error(`${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** What `npm ci` needs of this machine: where its cache and its registry are. */
function builderEnvironment(): Record<string, string | undefined> {
  const names = /^(HOME|TMPDIR|LANG|npm_config_\w+|.*_proxy|NODE_EXTRA_CA_CERTS)$/i;
  const kept = Object.entries(process.env).filter(([name]) => names.test(name));
  return { ...Object.fromEntries(kept), npm_config_prefer_offline: "true" };
}

async function copy(image: Image, from: string | undefined, paths: string[], build: Build): Promise<void> {
  const target = paths.at(-1)!;
  const source = from === undefined ? build.context : build.images.get(from)?.folder;
  if (source === undefined) throw new Error(`no stage is called ${from}`);
  for (const path of paths.slice(0, -1)) {
    const origin = join(source, path);
    const kept = (file: string) => from !== undefined || !build.ignored(relative(build.context, file));
    if (!kept(origin)) throw new Error(`${path} is not in the build: .dockerignore keeps it out`);
    // A file copied to `./` keeps its name; a folder gives its contents to the target.
    const intoFolder = target.endsWith("/") && (await stat(origin)).isFile();
    const destination = join(image.folder, resolve(image.workdir, target), intoFolder ? basename(path) : "");
    await cp(origin, destination, { recursive: true, filter: kept, verbatimSymlinks: true });
  }
}
