import { FileError, UsageError, WriteError } from '../../core/errors.js';
import { unfinishedName, type Files } from '../../core/files.js';
import { byCodePoint } from '../../core/order.js';
import { parentFolder } from '../../core/paths.js';
import { codeOf, elsewhere, readError, writeError } from '../node/errors.js';

interface DenoFile {
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  stat(): Promise<{ readonly size: number; readonly ino: number | null }>;
  truncate(size: number): Promise<void>;
  tryLock(exclusive: boolean): Promise<boolean>;
  close(): void;
}

/** The part of Deno's API that is used here. */
interface Deno {
  open(
    path: string,
    options: {
      read?: boolean;
      write?: boolean;
      append?: boolean;
      create?: boolean;
      createNew?: boolean;
    },
  ): Promise<DenoFile>;
  readFile(path: string): Promise<Uint8Array>;
  readDir(path: string): AsyncIterable<{ readonly name: string }>;
  stat(path: string): Promise<{
    readonly isFile: boolean;
    readonly isDirectory: boolean;
    readonly ino: number | null;
  }>;
  realPath(path: string): Promise<string>;
  mkdir(path: string, options: { recursive: true }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string, options: { recursive: true }): Promise<void>;
}

/**
 * Files on disk in Deno; needs `--allow-read` and `--allow-write`. Once `write` or `appendLine` has
 * resolved, its data survives a crash of the machine.
 *
 * @example
 * const trained = await readModel(new DenoFiles(), 'runs/first');
 */
export class DenoFiles implements Files {
  readonly #deno: Deno;

  /** @throws UsageError outside Deno */
  constructor() {
    const { Deno: deno } = globalThis as { Deno?: Deno };
    if (deno === undefined) {
      throw new UsageError('DenoFiles is for Deno only', 'Use NodeFiles, OpfsFiles or BlobFiles.');
    }
    this.#deno = deno;
  }

  async read(path: string): Promise<Uint8Array> {
    try {
      // Checked first, as in NodeFiles: opening a pipe waits for a writer.
      if ((await this.#kind(path)) === 'other') {
        throw new FileError(`cannot read ${path}: it is not a regular file`, elsewhere);
      }
      return await this.#deno.readFile(path);
    } catch (error) {
      throw error instanceof FileError ? error : readError('read', path, error);
    }
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    try {
      const target = await this.#replaceable(path);
      const folder = parentFolder(target);
      await this.#deno.mkdir(folder, { recursive: true });
      const temporary = `${folder}/${unfinishedName(crypto.randomUUID())}`;
      try {
        const options = { write: true, createNew: true };
        await this.#withFile(temporary, options, (file) => writeAll(file, bytes));
        await this.#deno.rename(temporary, target);
      } catch (error) {
        // if this fails too, the first error is kept
        await this.remove(temporary).catch(() => undefined);
        throw error;
      }
      await this.#flushFolder(folder);
    } catch (error) {
      throw writeError('write', path, error instanceof FileError ? error.cause : error);
    }
  }

  async appendLine(path: string, line: string): Promise<void> {
    try {
      await this.#deno.mkdir(parentFolder(path), { recursive: true });
      await this.#withFile(path, { append: true, create: true }, async (file) => {
        const { size } = await file.stat();
        try {
          await writeAll(file, `${line}\n`);
        } catch (error) {
          await file.truncate(size); // no partial line
          throw error;
        }
      });
    } catch (error) {
      throw writeError('write', path, error);
    }
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#kind(path)) !== 'absent';
  }

  async list(path: string): Promise<string[]> {
    try {
      const names: string[] = [];
      for await (const { name } of this.#deno.readDir(path)) names.push(name);
      return names.sort(byCodePoint);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw readError('list', path, error);
    }
  }

  async realPath(path: string): Promise<string> {
    try {
      return await this.#deno.realPath(path);
    } catch (error) {
      throw readError('inspect', path, error);
    }
  }

  async isFolder(path: string): Promise<boolean> {
    return (await this.#kind(path)) === 'folder';
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await this.#deno.mkdir(path, { recursive: true });
    } catch (error) {
      throw writeError('create the folder', path, error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    if (!(await this.exists(from))) throw readError('rename', from, { code: 'ENOENT' });
    try {
      await this.#deno.rename(from, to);
      await this.#flushFolder(parentFolder(to));
    } catch (error) {
      throw writeError(`rename ${from} to`, to, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#deno.remove(path, { recursive: true });
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return;
      throw writeError('remove', path, error);
    }
  }

  /** The system's file lock, which is released when the process ends in any way; the file is empty. */
  async lock(path: string): Promise<() => Promise<void>> {
    try {
      await this.#deno.mkdir(parentFolder(path), { recursive: true });
      for (;;) {
        const file = await this.#deno.open(path, { read: true, write: true, create: true });
        const locked = await this.#isOurs(file, path);
        if (locked === 'yes') {
          // removed before the release: a removed file is nobody's lock
          return () => this.remove(path).finally(() => file.close());
        }
        file.close();
        if (locked === 'no') throw inUse(path);
      }
    } catch (error) {
      throw writeError('write', path, error);
    }
  }

  /** Whether we hold the lock on the file now at the path: `gone` if its holder removed it meanwhile. */
  async #isOurs(file: DenoFile, path: string): Promise<'yes' | 'no' | 'gone'> {
    try {
      if (!(await file.tryLock(true))) return 'no';
      const own = await file.stat();
      if (own.size > 0) return 'no'; // NodeFiles writes its holder there
      const there = await this.#deno.stat(path).catch(() => undefined);
      return there !== undefined && there.ino === own.ino ? 'yes' : 'gone';
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** As in NodeFiles: the target of a link is replaced, and only if it is a file. */
  async #replaceable(path: string): Promise<string> {
    const kind = await this.#kind(path);
    if (kind === 'absent') return path;
    if (kind === 'file') return this.#deno.realPath(path);
    const what = kind === 'folder' ? 'a folder' : 'not a regular file';
    throw new WriteError(`cannot write ${path}: it is ${what}`, elsewhere);
  }

  async #withFile<T>(
    path: string,
    options: Parameters<Deno['open']>[1],
    use: (file: DenoFile) => Promise<T>,
  ): Promise<T> {
    const file = await this.#deno.open(path, options);
    try {
      return await use(file);
    } finally {
      file.close();
    }
  }

  /** Makes a rename in this folder durable; systems that cannot open folders need no such call. */
  async #flushFolder(path: string): Promise<void> {
    let folder: DenoFile;
    try {
      folder = await this.#deno.open(path, { read: true });
    } catch {
      return;
    }
    await folder.sync().finally(() => folder.close());
  }

  async #kind(path: string): Promise<'absent' | 'file' | 'folder' | 'other'> {
    try {
      const { isFile, isDirectory } = await this.#deno.stat(path);
      return isFile ? 'file' : isDirectory ? 'folder' : 'other';
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return 'absent';
      throw readError('inspect', path, error);
    }
  }
}

function inUse(path: string): FileError {
  return new FileError(
    `${parentFolder(path)} is in use by another process (its lock is ${path})`,
    `Wait for it or end it; if it is gone, remove ${path}.`,
  );
}

/** Writes all bytes and flushes: a single call may write only some of them. */
async function writeAll(file: DenoFile, bytes: Uint8Array | string): Promise<void> {
  let rest = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  await file.sync();
}
