import { FileError } from './errors.js';
import type { Files, FolderEntry } from './files.js';
import { byCodePoint } from './order.js';
import { isInside, joinPath } from './paths.js';

/** A file that was found, and its location. */
export interface WalkedFile {
  readonly path: string;
  /** Its path within the walked folder, split into parts. */
  readonly parts: readonly string[];
}

/** Something that was skipped: a folder that was not walked, or something that is neither a file nor a folder. */
export interface Passed {
  readonly path: string;
  readonly reason: string;
  /** A folder walked under another path, one that cannot be read, or neither a file nor a folder. */
  readonly kind: 'again' | 'folder' | 'other';
}

export interface Walked {
  /** Sorted by name; the files of a folder come in the place of its name. */
  readonly files: readonly WalkedFile[];
  readonly passed: readonly Passed[];
}

export interface WalkOptions {
  /** Which names to visit; default: those that do not begin with a dot. */
  readonly visible?: (name: string) => boolean;
  /** Maximum depth of subfolders; default: all. */
  readonly deepest?: number;
}

/** A folder to walk: its path, and its path within the top folder. */
interface Place {
  readonly path: string;
  readonly parts: readonly string[];
}

/**
 * The files of a folder and its subfolders. Links are followed, but each folder is walked once: under
 * its own path if it has one here, whatever links lead to it; folders above the top folder are never walked.
 * Anything that is neither a file nor a folder, and folders that cannot be read, are skipped and reported.
 *
 * @throws FileError if the top folder itself cannot be read
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
        passed.push({ path: inner.path, reason: problem ?? 'not a file', kind });
      else if (parts.length === deepest) continue;
      else if (isLink) links.push(inner);
      else await walk(inner);
    }
  };

  await walk({ path: folder, parts: [] });
  // Grows during the walk, but ends: no folder is walked twice.
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
