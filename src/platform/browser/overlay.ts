import { FileError, UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import { sortedUnique } from '../../core/order.js';
import { normalisePath } from '../../core/paths.js';
import { namesBelow } from './read-only-files.js';

interface Place {
  readonly files: Files;
  /** Path within `files`. */
  readonly path: string;
}

/**
 * Several Files in one tree, each below its own folder: `/opfs/runs/first` is `runs/first` of the Files
 * mounted at `/opfs`. Paths are relative to `/`, whether or not they begin with it.
 *
 * @example
 * const all = new OverlayFiles({ '/opfs': new OpfsFiles(), '/chosen': BlobFiles.ofInput(files) });
 * const data = await loadTrainingData(all, {
 *   corpus: 'manifest',
 *   path: '/chosen/speech.csv',
 *   seed: 0,
 * });
 * await train({ engine, files: all, out: '/opfs/first', data });
 */
export class OverlayFiles implements Files {
  readonly #mounts = new Map<string, Files>();

  /** @param mounts by folder, for example `{ '/opfs': new OpfsFiles() }`; `/` gets all other paths */
  constructor(mounts: Readonly<Record<string, Files>>) {
    for (const [folder, files] of Object.entries(mounts)) this.mount(folder, files);
  }

  /** Mounts `files` there, replacing an earlier mount. */
  mount(folder: string, files: Files): void {
    this.#mounts.set(absolute(folder), files);
  }

  /** Removes a mount; no error if there is none. */
  unmount(folder: string): void {
    this.#mounts.delete(absolute(folder));
  }

  read(path: string): Promise<Uint8Array> {
    return this.#at(path, ({ files, path: own }) => files.read(own));
  }

  size(path: string): Promise<number> {
    return this.#at(
      path,
      async ({ files, path: own }) => (await files.size?.(own)) ?? (await files.read(own)).length,
    );
  }

  write(path: string, bytes: Uint8Array | string): Promise<void> {
    return this.#at(path, ({ files, path: own }) => files.write(own, bytes));
  }

  appendLine(path: string, line: string): Promise<void> {
    return this.#at(path, ({ files, path: own }) => files.appendLine(own, line));
  }

  makeFolder(path: string): Promise<void> {
    return this.#at(path, ({ files, path: own }) => files.makeFolder(own));
  }

  remove(path: string): Promise<void> {
    return this.#at(path, ({ files, path: own }) => files.remove(own));
  }

  async exists(path: string): Promise<boolean> {
    const place = this.#find(path);
    return this.#above(path).length > 0 || ((await place?.files.exists(place.path)) ?? false);
  }

  async isFolder(path: string): Promise<boolean> {
    const place = this.#find(path);
    return this.#above(path).length > 0 || ((await place?.files.isFolder(place.path)) ?? false);
  }

  async list(path: string): Promise<string[]> {
    const place = this.#find(path);
    const own = (await place?.files.list(place.path)) ?? [];
    return sortedUnique([...own, ...this.#above(path)]);
  }

  /** @throws UsageError between two mounts: copy and remove instead */
  rename(from: string, to: string): Promise<void> {
    return this.#at(from, (source) =>
      this.#at(to, (target) => {
        if (source.files === target.files) return source.files.rename(source.path, target.path);
        throw new UsageError(
          `cannot rename ${from} to ${to}: they are in different storages`,
          'Read, write and remove instead.',
        );
      }),
    );
  }

  /** Names in a folder that are mounts or contain one. */
  #above(path: string): string[] {
    const folder = absolute(path).slice(1);
    const mounted = [...this.#mounts.keys()].filter((key) => key !== '/');
    return namesBelow(
      mounted.map((key) => key.slice(1)),
      folder,
    );
  }

  async #at<T>(path: string, use: (place: Place) => Promise<T>): Promise<T> {
    const place = this.#find(path);
    if (place !== undefined) return use(place);
    const folders = [...this.#mounts.keys()].join(', ');
    throw new FileError(`there is no ${path}`, `Paths begin with one of: ${folders}.`);
  }

  /** The longest mount that contains the path. */
  #find(path: string): Place | undefined {
    const whole = absolute(path);
    let found: [string, Files] | undefined;
    for (const [folder, files] of this.#mounts) {
      const holds = folder === '/' || whole === folder || whole.startsWith(`${folder}/`);
      if (holds && (found === undefined || folder.length > found[0].length))
        found = [folder, files];
    }
    if (found === undefined) return undefined;
    const [folder, files] = found;
    return { files, path: normalisePath(`./${whole.slice(folder.length)}`) };
  }
}

function absolute(path: string): string {
  return normalisePath(`/${path}`);
}
