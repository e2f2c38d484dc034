import { FileError, messageOf, UsageError, WriteError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { KnownClass } from '../../core/host-types.js';
import { byCodePoint } from '../../core/order.js';
import { fill, move, namesIn } from './opfs-handles.js';
import { missing, pathBelow } from './read-only-files.js';

/** Files are written here first. Hidden from `list`. */
const STAGING = '.alstm-writing';
/** Older files there are from a tab that was closed while writing. */
const LEFTOVER_MS = 3_600_000;

type Kind = 'file' | 'folder' | 'absent';

/** The part of `navigator.storage` that is used here. */
export interface OpfsStorage {
  getDirectory(): Promise<KnownClass<'FileSystemDirectoryHandle', object>>;
}

interface Place {
  readonly folder: FileSystemDirectoryHandle;
  readonly name: string;
}

/**
 * The browser's own storage for this origin (origin private file system), in pages and in workers. It
 * outlives the tab; a browser low on space may clear it unless `navigator.storage.persist()` was granted.
 *
 * @example
 * const opfs = new OpfsFiles();
 * const { model } = await train({ files, manifest: 'speech.csv', out: 'runs/first' });
 * const weights = await opfs.read(`${model}/model.safetensors`);
 */
export class OpfsFiles implements Files {
  readonly #storage: OpfsStorage | undefined;
  #root: Promise<FileSystemDirectoryHandle> | undefined;
  #staging: Promise<FileSystemDirectoryHandle> | undefined;

  constructor(
    storage: OpfsStorage | undefined = (globalThis.navigator as Navigator | undefined)?.storage,
  ) {
    this.#storage = storage;
  }

  async read(path: string): Promise<Uint8Array> {
    try {
      const { folder, name } = await this.#place(path, false);
      const file = await (await folder.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      throw readError('read', path, error);
    }
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    try {
      const { folder, name } = await this.#place(path, true);
      // Moving over a folder does not fail in every browser.
      if ((await kindIn(folder, name)) === 'folder') throw isFolder('write', path);
      const staging = await this.#stagingFolder();
      const own = globalThis.crypto.randomUUID();
      const file = await staging.getFileHandle(own, { create: true });
      const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      try {
        await fill(file, data);
        await move(file, folder, name);
      } catch (error) {
        await staging.removeEntry(own).catch(() => undefined); // report the failure above
        throw (await exceedsQuota(data.length))
          ? new DOMException('', 'QuotaExceededError')
          : error;
      }
    } catch (error) {
      throw writeError('write', path, error);
    }
  }

  async appendLine(path: string, line: string): Promise<void> {
    // Rewrites the whole file: no browser can leave a partial line.
    const before = (await this.exists(path)) ? await this.read(path) : new Uint8Array();
    const added = new TextEncoder().encode(`${line}\n`);
    const all = new Uint8Array(before.length + added.length);
    all.set(before);
    all.set(added, before.length);
    await this.write(path, all);
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#kind(path)) !== 'absent';
  }

  async list(path: string): Promise<string[]> {
    try {
      const names = await namesIn(await this.#folder(pathBelow(path), false));
      return names.filter((name) => name !== STAGING).sort(byCodePoint);
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return [];
      throw readError('list', path, error);
    }
  }

  async isFolder(path: string): Promise<boolean> {
    return (await this.#kind(path)) === 'folder';
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await this.#folder(pathBelow(path), true);
    } catch (error) {
      throw writeError('create the folder', path, error);
    }
  }

  /** A file in one step, a folder file by file: no browser can move folders yet. */
  async rename(from: string, to: string): Promise<void> {
    const kind = await this.#kind(from);
    if (kind === 'absent') throw missing('rename', from);
    const [source, target] = [pathBelow(from), pathBelow(to)];
    if (source === target) return;
    if (target.startsWith(`${source}/`) || source === '') {
      throw new UsageError(`cannot rename ${from} to ${to}: that is inside it`, 'Choose another.');
    }
    try {
      if (kind === 'file') {
        const place = await this.#place(from, false);
        const { folder, name } = await this.#place(to, true);
        if ((await kindIn(folder, name)) === 'folder') throw isFolder('write', to);
        await move(await place.folder.getFileHandle(place.name), folder, name);
        return;
      }
      await this.makeFolder(to);
      for (const name of await this.list(from))
        await this.rename(`${from}/${name}`, `${to}/${name}`);
      await this.remove(from);
    } catch (error) {
      throw writeError(`rename ${from} to`, to, error);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      if (pathBelow(path) === '') {
        for (const name of await this.list('')) await this.remove(name);
        return;
      }
      const { folder, name } = await this.#place(path, false);
      await folder.removeEntry(name, { recursive: true });
    } catch (error) {
      // Missing, or below a file, where there is nothing.
      if (['NotFoundError', 'TypeMismatchError'].includes(nameOf(error))) return;
      throw writeError('remove', path, error);
    }
  }

  #open(): Promise<FileSystemDirectoryHandle> {
    if (this.#storage?.getDirectory === undefined) {
      throw new FileError(
        'this page has no storage of its own (origin private file system)',
        'Serve it over https or from localhost, and use a browser from 2023 or later.',
      );
    }
    this.#root ??= this.#storage.getDirectory();
    this.#root.catch(() => (this.#root = undefined)); // it may be allowed later
    return this.#root;
  }

  async #folder(below: string, create: boolean): Promise<FileSystemDirectoryHandle> {
    let folder = await this.#open();
    for (const part of below.split('/')) {
      if (part !== '') folder = await folder.getDirectoryHandle(part, { create });
    }
    return folder;
  }

  async #place(path: string, create: boolean): Promise<Place> {
    const below = pathBelow(path);
    const cut = below.lastIndexOf('/');
    const name = below.slice(cut + 1);
    if (name === '') throw isFolder('use', path);
    return { folder: await this.#folder(below.slice(0, Math.max(0, cut)), create), name };
  }

  async #kind(path: string): Promise<Kind> {
    if (pathBelow(path) === '') return 'folder';
    try {
      const { folder, name } = await this.#place(path, false);
      return await kindIn(folder, name);
    } catch (error) {
      // A parent that is missing, or a file.
      if (['NotFoundError', 'TypeMismatchError'].includes(nameOf(error))) return 'absent';
      throw readError('inspect', path, error);
    }
  }

  #stagingFolder(): Promise<FileSystemDirectoryHandle> {
    this.#staging ??= (async () => {
      const folder = await this.#folder(STAGING, true);
      for (const name of await namesIn(folder)) {
        const file = await (await folder.getFileHandle(name)).getFile().catch(() => undefined);
        if (file === undefined || Date.now() - file.lastModified < LEFTOVER_MS) continue;
        await folder.removeEntry(name).catch(() => undefined); // another tab may have been faster
      }
      return folder;
    })();
    this.#staging.catch(() => (this.#staging = undefined));
    return this.#staging;
  }
}

async function kindIn(folder: FileSystemDirectoryHandle, name: string): Promise<Kind> {
  try {
    await folder.getFileHandle(name);
    return 'file';
  } catch (error) {
    if (nameOf(error) === 'TypeMismatchError') return 'folder';
    if (nameOf(error) === 'NotFoundError') return 'absent';
    throw error;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : '';
}

function isFolder(doing: string, path: string): WriteError {
  return new WriteError(`cannot ${doing} ${path}: it is a folder`, 'Choose another path.');
}

function readError(doing: string, path: string, error: unknown): FileError | WriteError {
  if (error instanceof FileError || error instanceof WriteError) return error;
  if (nameOf(error) === 'NotFoundError') return missing(doing, path);
  const why = nameOf(error) === 'TypeMismatchError' ? 'it is a folder' : messageOf(error);
  return new FileError(`cannot ${doing} ${path}: ${why}`, 'Check the path.', { cause: error });
}

/** Whether so many bytes are more than the page may store: Chromium sometimes only reports that a pipe broke. */
async function exceedsQuota(bytes: number): Promise<boolean> {
  const { quota, usage = 0 } = await globalThis.navigator.storage
    .estimate()
    .catch((): StorageEstimate => ({}));
  return quota !== undefined && bytes > quota - usage;
}

function writeError(
  doing: string,
  path: string,
  error: unknown,
): FileError | WriteError | UsageError {
  if (error instanceof FileError || error instanceof WriteError) return error;
  if (error instanceof UsageError) return error;
  const [why, hint] = reasonOf(error);
  return new WriteError(`cannot ${doing} ${path}: ${why}`, hint, { cause: error });
}

function reasonOf(error: unknown): [why: string, hint: string] {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return [
        'the browser gives this page no more storage',
        'Remove runs that are no longer needed or free space on the disk, then resume the run.',
      ];
    case 'NoModificationAllowedError':
      return ['it is in use', 'Close other tabs of this page.'];
    case 'TypeMismatchError':
      return ['there is a file where a folder is needed', 'Choose another path.'];
    case 'TypeError':
      return [messageOf(error), 'Choose another name.'];
    default:
      return [messageOf(error), 'Reload the page; its storage may have been cleared or blocked.'];
  }
}
