import { FileError } from './errors.js';
import type { Files, FolderEntry } from './files.js';
import { byCodePoint } from './order.js';
import { isInside, joinPath } from './paths.js';

/** A file that was found, and where. */
export interface WalkedFile {
  readonly path: string;
  /** Its path within the folder that was walked, in parts. */
  readonly parts: readonly string[];
}

/** Something that was skipped: a folder that was not walked, or neither a file nor a folder. */
export interface Passed {
  readonly path: string;
  readonly reason: string;
  /** A folder that is walked by another path, one that cannot be read, or what is neither file nor folder. */
  readonly kind: 'again' | 'folder' | 'other';
}

export interface Walked {
  /** In the order of their names, those of a folder where its name stands. */
  readonly files: readonly WalkedFile[];
  readonly passed: readonly Passed[];
}

export interface WalkOptions {
  /** Which names are looked at; default: those that do not begin with a dot. */
  readonly visible?: (name: string) => boolean;
  /** Levels of folders below; default: all. */
  readonly deepest?: number;
}

/** A folder to walk: where it is, and its path within the top one. */
interface Place {
  readonly path: string;
  readonly parts: readonly string[];
}

/**
 * The files of a folder and of those below it. Links are followed, but each folder is walked once: by
 * its own path where it has one, whatever links lead to it; and none that the top folder is in itself.
 * What is neither file nor folder, and a folder that cannot be read, is passed by and told of.
 *
 * @throws FileError where the top folder itself cannot be read
 */
export async function walkFolder(
  files: Files,
  folder: string,
  { visible = (name) => !name.startsWith('.'), deepest = Infinity }: WalkOptions = {},
): Promise<Walked> {
  const found: WalkedFile[] = [];
  const passed: Passed[] = [];
  /** First path of each real folder. */
  const seen = new Map<string, string>();
  const links: Place[] = [];
  let top: string | undefined;

  const walk = async ({ path, parts }: Place): Promise<void> => {
    let entries: readonly FolderEntry[];
    try {
      const real = (await files.realPath?.(path)) ?? path;
      const before = seen.get(real);
      if (before !== undefined) {
        passed.push({ path, reason: `a link to ${before}, which is walked there`, kind: 'again' });
        return;
      }
      top ??= real;
      if (real !== top && isInside(real, top)) {
        passed.push({ path, reason: `a link to ${real}, which is above`, kind: 'again' });
        return;
      }
      seen.set(real, path);
      entries = await entriesOf(files, path);
    } catch (error) {
      if (!(error instanceof FileError) || parts.length === 0) throw error;
      passed.push({ path, reason: error.message, kind: 'folder' });
      return;
    }
    for (const { name, kind, isLink, problem } of entries) {
      if (!visible(name)) continue;
      const inner = { path: joinPath(path, name), parts: [...parts, name] };
      if (kind === 'file') found.push(inner);
      else if (kind === 'other')
        passed.push({ path: inner.path, reason: problem ?? 'no file', kind });
      else if (parts.length === deepest) continue;
      else if (isLink) links.push(inner);
      else await walk(inner);
    }
  };

  await walk({ path: folder, parts: [] });
  // Grows while it is walked, and ends: no folder is walked twice.
  for (const link of links) await walk(link);
  return { files: found.sort(byParts), passed };
}

async function entriesOf(files: Files, path: string): Promise<readonly FolderEntry[]> {
  if (files.entries !== undefined) return files.entries(path);
  const entries: FolderEntry[] = [];
  for (const name of await files.list(path)) {
    const isFolder = await files.isFolder(joinPath(path, name));
    entries.push({ name, kind: isFolder ? 'folder' : 'file' });
  }
  return entries;
}

function byParts({ parts: a }: WalkedFile, { parts: b }: WalkedFile): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = byCodePoint(a[i] ?? '', b[i] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
