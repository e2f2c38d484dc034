import type { Files, FolderEntry } from './files.js';

/** Files that can be closed: writes in progress finish, and no new ones start. */
export class ClosableFiles implements Files {
  #closed = false;
  readonly #running = new Set<Promise<unknown>>();
  readonly entries?: (path: string) => Promise<FolderEntry[]>;
  readonly realPath?: (path: string) => Promise<string>;
  readonly pieces?: (path: string) => AsyncIterable<Uint8Array>;
  readonly size?: (path: string) => Promise<number>;
  readonly readRange?: NonNullable<Files['readRange']>;
  readonly shippedModels?: () => Promise<ReadonlyMap<string, string>>;

  constructor(private readonly files: Files) {
    if (files.entries) this.entries = files.entries.bind(files);
    if (files.realPath) this.realPath = files.realPath.bind(files);
    if (files.pieces) this.pieces = files.pieces.bind(files);
    if (files.size) this.size = files.size.bind(files);
    if (files.readRange) this.readRange = files.readRange.bind(files);
    if (files.shippedModels) this.shippedModels = files.shippedModels.bind(files);
  }

  /** Resolves when no write is in progress. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }

  read(path: string): Promise<Uint8Array> {
    return this.files.read(path);
  }
  exists(path: string): Promise<boolean> {
    return this.files.exists(path);
  }
  list(path: string): Promise<string[]> {
    return this.files.list(path);
  }
  isFolder(path: string): Promise<boolean> {
    return this.files.isFolder(path);
  }
  write(path: string, bytes: Uint8Array | string): Promise<void> {
    return this.#run(() => this.files.write(path, bytes));
  }
  appendLine(path: string, line: string): Promise<void> {
    return this.#run(() => this.files.appendLine(path, line));
  }
  makeFolder(path: string): Promise<void> {
    return this.#run(() => this.files.makeFolder(path));
  }
  rename(from: string, to: string): Promise<void> {
    return this.#run(() => this.files.rename(from, to));
  }
  remove(path: string): Promise<void> {
    return this.#run(() => this.files.remove(path));
  }
  async lock(path: string): Promise<() => Promise<void>> {
    return (await this.files.lock?.(path)) ?? (() => Promise.resolve());
  }

  /** Once closed, a change stays pending for ever: the process is about to end. */
  #run(change: () => Promise<void>): Promise<void> {
    if (this.#closed) return new Promise(() => undefined);
    const running = change();
    this.#running.add(running);
    const done = (): unknown => this.#running.delete(running);
    running.then(done, done);
    return running;
  }
}
