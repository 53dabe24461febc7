import { readFile, stat } from "node:fs/promises";

/** How often a file is looked at: that costs next to nothing, and works where links are exchanged. */
const INTERVAL_MS = 1_000;

/** What a {@link WatchedFile} needs. */
export interface WatchedFileOptions<T> {
  readonly path: string;
  /** Turns the file's text into what it means. Throws where it means nothing. */
  readonly parse: (text: string) => T | Promise<T>;
  /** The file was read again: with what was wrong with it, if anything. */
  readonly onReload: (problem: Error | undefined) => void;
}

/** What a file means. When it changes it is read again; while it is faulty, what it meant before goes on counting. */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #value: T;
  /** Of the file when it was read, right or wrong. */
  #version: string;
  /** Resolves when it has been read as often as was asked for. */
  #reading = Promise.resolve();

  /** Reads the file for the first time. Rejects where it is not there, or faulty; the message begins with its path. */
  static async open<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    // Before it is read: a change in between is noticed.
    const version = await versionOf(options.path);
    return new WatchedFile(options, await read(options), version);
  }

  private constructor(options: WatchedFileOptions<T>, value: T, version: string) {
    this.#options = options;
    this.#value = value;
    this.#version = version;
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS).unref();
  }

  /** What it meant when it was last read without fault. */
  get value(): T {
    return this.#value;
  }

  /** Reads it again now. One reading follows the other, so that the last one counts. Never rejects. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  /** Watches no longer. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if ((await versionOf(this.#options.path)) !== this.#version) await this.reload();
  }

  async #read(): Promise<void> {
    const { path, onReload } = this.#options;
    this.#version = await versionOf(path);
    try {
      this.#value = await read(this.#options);
      onReload(undefined);
    } catch (error) {
      onReload(error as Error);
    }
  }
}

/** What differs between two contents of a file, or two files under one name. */
async function versionOf(path: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(path).catch(() => ({ ino: 0, mtimeMs: 0, size: 0 }));
  return `${ino} ${mtimeMs} ${size}`;
}

async function read<T>({ path, parse }: WatchedFileOptions<T>): Promise<T> {
  try {
    return await parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
