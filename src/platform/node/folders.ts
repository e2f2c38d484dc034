import { dirname } from 'node:path';
import { codeOf, NO_FOLDERS } from './errors.js';

/** The part of node:fs/promises that creates folders. */
export interface FolderFs {
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
  stat(path: string): Promise<unknown>;
}

/**
 * Creates a folder and its missing parents; throws the system's error. One by one: Node's own
 * `recursive` never ends below /proc, where the system answers "no such file" for any new folder,
 * and hides the reason on a read-only file system.
 */
export async function makeFolders(fs: FolderFs, path: string): Promise<void> {
  if (await makeOne(fs, path)) return;
  const above = dirname(path);
  if (above === path || (await isFolder(fs, above))) throw noFolders(path);
  await makeFolders(fs, above);
  if (!(await makeOne(fs, path))) throw noFolders(path);
}

/** @returns false if the system reports that a parent is missing */
async function makeOne(fs: FolderFs, path: string): Promise<boolean> {
  try {
    await fs.mkdir(path, { recursive: false });
    return true;
  } catch (error) {
    if (await isFolder(fs, path)) return true;
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function isFolder(fs: FolderFs, path: string): Promise<boolean> {
  const stats = await fs.stat(path).catch(() => undefined);
  return (stats as { isDirectory?: () => boolean } | undefined)?.isDirectory?.() ?? false;
}

function noFolders(path: string): Error {
  return Object.assign(new Error(`a folder cannot be created at ${path}`), { code: NO_FOLDERS });
}
