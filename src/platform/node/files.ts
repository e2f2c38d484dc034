import * as nodeFs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileError, WriteError } from '../../core/errors.js';
import type { Files, FolderEntry } from '../../core/files.js';
import { byCodePoint } from '../../core/order.js';
import {
  codeOf,
  elsewhere,
  kindName,
  notRegular,
  problemOf,
  readError,
  writeError,
  type SpecialFile,
} from './errors.js';
import { makeFolders, type FolderFs } from './folders.js';
import { isPrintedTo } from './printed-to.js';
import { takeLock } from './lock.js';
import { ownUnfinishedName, removeAbandoned } from './unfinished.js';
import { VOICES_FOLDER } from './voices.js';

/** The part of node:fs/promises that is used here, so that a test can make a call fail. */
export interface NodeFs extends FolderFs {
  open(path: string, flags: string): Promise<NodeFile>;
  readdir(path: string): Promise<string[]>;
  readdir(path: string, options: { withFileTypes: true }): Promise<NodeEntry[]>;
  readFile(path: string): Promise<Uint8Array>;
  realpath(path: string): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { recursive?: boolean; force: true }): Promise<void>;
  stat(path: string): Promise<NodeStats>;
}

/** The part of node:fs/promises's FileHandle that is used here. */
export interface NodeFile {
  /** @param position null: where the last read ended */
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number }>;
  writeFile(data: Uint8Array | string): Promise<void>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The part of node:fs's Stats that is used here. */
export interface NodeStats extends SpecialFile {
  readonly size: number;
  readonly dev?: number;
  readonly ino?: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** The part of node:fs's Dirent that is used here. */
export interface NodeEntry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Read at once of a large file. */
const PIECE_BYTES = 2 ** 20;

/**
 * Files on disk. Once `write` or `appendLine` has resolved, its data survives a crash of the machine.
 *
 * @example
 * const files = new NodeFiles();
 * const corpus = await readCorpus('ravdess', files, '/data/ravdess');
 */
export class NodeFiles implements Files {
  /** Folders that were looked through for what killed processes have left. */
  readonly #tidied = new Set<string>();

  constructor(private readonly fs: NodeFs = nodeFs) {}

  async read(path: string): Promise<Uint8Array> {
    try {
      // Checked first: opening a pipe waits for a writer, and some devices never end.
      const stats = await this.fs.stat(path);
      if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path, stats);
      return withOwnBuffer(await this.fs.readFile(path));
    } catch (error) {
      throw error instanceof FileError ? error : readError('read', path, error);
    }
  }

  async *pieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    let file: NodeFile | undefined;
    try {
      const stats = await this.fs.stat(path);
      if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path, stats);
      file = await this.fs.open(path, 'r');
      for (;;) {
        const piece = new Uint8Array(PIECE_BYTES);
        const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
        if (bytesRead === 0) return;
        yield bytesRead === PIECE_BYTES ? piece : piece.slice(0, bytesRead);
      }
    } catch (error) {
      throw error instanceof FileError ? error : readError('read', path, error);
    } finally {
      await file?.close();
    }
  }

  async size(path: string): Promise<number> {
    try {
      return (await this.fs.stat(path)).size;
    } catch (error) {
      throw readError('read', path, error);
    }
  }

  async readRange(path: string, from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const file = await this.fs.open(path, 'r');
      try {
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled);
          if (bytesRead === 0) return bytes.slice(0, filled);
          filled += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw readError('read', path, error);
    }
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    try {
      const target = await this.replaceable(path);
      const folder = dirname(target);
      await makeFolders(this.fs, folder);
      await this.#tidy(folder);
      const temporary = join(folder, ownUnfinishedName());
      try {
        await this.writeFlushed(temporary, bytes);
        await this.fs.rename(temporary, target);
      } catch (error) {
        await this.discard(temporary);
        throw error;
      }
      await this.flushFolder(folder);
    } catch (error) {
      // a path that cannot even be inspected cannot be written
      throw writeError('write', path, error instanceof FileError ? error.cause : error);
    }
  }

  async appendLine(path: string, line: string): Promise<void> {
    try {
      await this.refuseSpecial(path);
      await makeFolders(this.fs, dirname(path));
      const file = await this.fs.open(path, 'a');
      try {
        const { size } = await file.stat();
        try {
          await file.writeFile(`${line}\n`);
          await file.sync();
        } catch (error) {
          await file.truncate(size); // no partial line
          throw error;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw writeError('write', path, error);
    }
  }

  async exists(path: string): Promise<boolean> {
    return (await this.kind(path)) !== 'absent';
  }

  async list(path: string): Promise<string[]> {
    try {
      return (await this.fs.readdir(path)).sort(byCodePoint);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw readError('list', path, error);
    }
  }

  async entries(path: string): Promise<FolderEntry[]> {
    try {
      const found = await this.fs.readdir(path, { withFileTypes: true });
      found.sort((a, b) => byCodePoint(a.name, b.name));
      const entries: FolderEntry[] = [];
      for (const entry of found) {
        const { name } = entry;
        if (entry.isFile()) entries.push({ name, kind: 'file' });
        else if (entry.isDirectory()) entries.push({ name, kind: 'folder' });
        else {
          const isLink = entry.isSymbolicLink();
          entries.push({ name, isLink, ...(await this.entryKind(join(path, name), isLink)) });
        }
      }
      return entries;
    } catch (error) {
      throw readError('list', path, error);
    }
  }

  async realPath(path: string): Promise<string> {
    try {
      return await this.fs.realpath(path);
    } catch (error) {
      throw readError('inspect', path, error);
    }
  }

  async isFolder(path: string): Promise<boolean> {
    return (await this.kind(path)) === 'folder';
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await makeFolders(this.fs, path);
    } catch (error) {
      throw writeError('create the folder', path, error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    if (!(await this.exists(from))) throw readError('rename', from, { code: 'ENOENT' });
    try {
      await this.fs.rename(from, to);
      await this.flushFolder(dirname(to));
    } catch (error) {
      throw writeError(`rename ${from} to`, to, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await this.fs.rm(path, { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) === 'ENOTDIR') return; // there is nothing below a file
      throw writeError('remove', path, error);
    }
  }

  async lock(path: string): Promise<() => Promise<void>> {
    const release = await takeLock(path);
    await this.#tidy(dirname(path));
    return release;
  }

  async shippedModels(): Promise<ReadonlyMap<string, string>> {
    const models = new Map<string, string>();
    for (const name of await this.list(VOICES_FOLDER)) {
      const folder = `${VOICES_FOLDER}/${name}`;
      if (await this.isFolder(folder)) models.set(name, folder);
    }
    return models;
  }

  /**
   * The file that a rename may replace: the target of a symbolic link, not the link. Never a folder
   * or a device: renaming over /dev/null would remove it from the machine.
   */
  private async replaceable(path: string): Promise<string> {
    const kind = await this.kind(path);
    if (kind === 'absent') return path;
    if (kind === 'folder') throw new WriteError(`cannot write ${path}: it is a folder`, elsewhere);
    await this.refuseSpecial(path);
    return this.fs.realpath(path);
  }

  private async refuseSpecial(path: string): Promise<void> {
    const kind = await this.kind(path);
    if (kind === 'other') {
      throw new WriteError(`cannot write ${path}: it is not a regular file`, elsewhere);
    }
    if (kind === 'file' && isPrintedTo(await this.fs.stat(path))) {
      throw new WriteError(`cannot write ${path}: this command prints to it`, elsewhere);
    }
  }

  /** Kind of an entry that is neither a file nor a folder itself: a link may lead to one. */
  private async entryKind(
    path: string,
    isLink: boolean,
  ): Promise<Pick<FolderEntry, 'kind' | 'problem'>> {
    try {
      const stats = await this.fs.stat(path);
      if (stats.isFile()) return { kind: 'file' };
      if (stats.isDirectory()) return { kind: 'folder' };
      return { kind: 'other', problem: `${kindName(stats)}, not a regular file` };
    } catch (error) {
      const gone = isLink && codeOf(error) === 'ENOENT';
      return { kind: 'other', problem: gone ? 'a broken link' : problemOf(error) };
    }
  }

  async #tidy(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return;
    this.#tidied.add(folder);
    await removeAbandoned(this.fs, folder);
  }

  private async writeFlushed(path: string, bytes: Uint8Array | string): Promise<void> {
    const file = await this.fs.open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Removes the leftover of a failed write. If that fails too, the first error is kept. */
  private async discard(path: string): Promise<void> {
    await this.fs.rm(path, { force: true }).catch(() => undefined);
  }

  /** Makes a rename in this folder durable. Windows cannot open folders, and needs no such call. */
  private async flushFolder(path: string): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await this.fs.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private async kind(path: string): Promise<'absent' | 'file' | 'folder' | 'other'> {
    try {
      const stats = await this.fs.stat(path);
      return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
      throw readError('inspect', path, error);
    }
  }
}

/** Copies a slice of Node's shared pool only; a large file is not duplicated in memory. */
function withOwnBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return byteLength === buffer.byteLength ? bytes : new Uint8Array(bytes);
}
