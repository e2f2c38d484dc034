import { FileError, WriteError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { sortedUnique } from '../../core/order.js';
import { normalisePath } from '../../core/paths.js';

/** A path below a root that `..` cannot leave: `a/b`, without a leading `/`; empty for the root itself. */
export function pathBelow(path: string): string {
  return normalisePath(`/${path}`).slice(1);
}

export function missing(doing: string, path: string): FileError {
  return new FileError(`cannot ${doing} ${path}: there is no such file`, 'Check the path.');
}

/** Names in a folder, if only file paths are known. */
export function namesBelow(paths: Iterable<string>, folder: string): string[] {
  const start = folder === '' ? '' : `${folder}/`;
  const names: string[] = [];
  for (const path of paths) {
    if (path.startsWith(start)) names.push(path.slice(start.length).split('/')[0] ?? '');
  }
  return sortedUnique(names);
}

/** Files that cannot be changed: every writing operation is a WriteError. */
export abstract class ReadOnlyFiles implements Files {
  /** @param what name of the storage, for errors */
  constructor(protected readonly what: string) {}

  abstract read(path: string): Promise<Uint8Array>;
  abstract exists(path: string): Promise<boolean>;
  abstract list(path: string): Promise<string[]>;
  abstract isFolder(path: string): Promise<boolean>;

  write(path: string): Promise<void> {
    return this.#refuse('write', path);
  }

  appendLine(path: string): Promise<void> {
    return this.#refuse('write', path);
  }

  makeFolder(path: string): Promise<void> {
    return this.#refuse('create the folder', path);
  }

  rename(from: string): Promise<void> {
    return this.#refuse('rename', from);
  }

  remove(path: string): Promise<void> {
    return this.#refuse('remove', path);
  }

  #refuse(doing: string, path: string): Promise<never> {
    return Promise.reject(
      new WriteError(
        `cannot ${doing} ${path}: ${this.what} are read-only`,
        "Write to the browser's own storage (OpfsFiles).",
      ),
    );
  }
}
