import { FileError, messageOf } from '../../core/errors.js';
import type { BlobLike, DroppedEntry, DroppedItem, FileLike } from '../../core/host-types.js';
import { missing, namesBelow, pathBelow, ReadOnlyFiles } from './read-only-files.js';

/**
 * Files that the user chose or dropped, by path: read on demand, never changed.
 *
 * @example
 * const chosen = BlobFiles.ofInput(files);
 * const { utterances } = await readManifest(chosen, 'speech.csv');
 */
export class BlobFiles extends ReadOnlyFiles {
  readonly #blobs = new Map<string, BlobLike>();

  /** @param blobs paths with `/` and their contents */
  constructor(blobs: Iterable<readonly [path: string, blob: BlobLike]>) {
    super('chosen files');
    for (const [path, blob] of blobs) this.#blobs.set(pathBelow(path), blob);
  }

  /** The files of an `<input type=file>`; with `webkitdirectory`, paths start at the chosen folder. */
  static ofInput(files: Iterable<FileLike> | ArrayLike<FileLike>): BlobFiles {
    return new BlobFiles(Array.from(files, (file) => [file.webkitRelativePath || file.name, file]));
  }

  /**
   * Dropped files and folders, with all their contents. Must be called in the drop event itself.
   *
   * @throws FileError if a folder cannot be read
   */
  static async ofDrop(items: Iterable<DroppedItem> | ArrayLike<DroppedItem>): Promise<BlobFiles> {
    // All entries before the first await: the list is cleared after the event.
    const entries = Array.from(items, (item) => item.webkitGetAsEntry());
    const found: [string, File][] = [];
    for (const entry of entries) if (entry !== null) await collect(entry, found);
    return new BlobFiles(found);
  }

  /** All paths, in the order in which they came. */
  get paths(): string[] {
    return [...this.#blobs.keys()];
  }

  #blobOf(path: string): BlobLike {
    const blob = this.#blobs.get(pathBelow(path));
    if (blob === undefined) throw missing('read', path);
    return blob;
  }

  async size(path: string): Promise<number> {
    return this.#blobOf(path).size ?? (await this.read(path)).length;
  }

  async read(path: string): Promise<Uint8Array> {
    const blob = this.#blobOf(path);
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  async exists(path: string): Promise<boolean> {
    return this.#blobs.has(pathBelow(path)) || (await this.isFolder(path));
  }

  list(path: string): Promise<string[]> {
    return Promise.resolve(namesBelow(this.#blobs.keys(), pathBelow(path)));
  }

  async isFolder(path: string): Promise<boolean> {
    return pathBelow(path) === '' || (await this.list(path)).length > 0;
  }
}

async function collect(entry: DroppedEntry, found: [string, File][]): Promise<void> {
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => {
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
      found.push([entry.fullPath, file]);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A browser returns a large folder in parts; the last is empty.
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
        reader.readEntries(resolve, reject);
      });
      if (part.length === 0) return;
      for (const child of part) await collect(child, found);
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw unreadable(entry.fullPath, error);
  }
}

function unreadable(path: string, error: unknown): FileError {
  return new FileError(
    `cannot read ${path}: ${messageOf(error)}`,
    'Choose it again: it was moved, changed or removed, or access is denied.',
    { cause: error },
  );
}
