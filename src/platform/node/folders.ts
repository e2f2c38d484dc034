import { dirname } from 'node:path';
import { codeOf, NO_FOLDERS } from './errors.js';

/** The part of node:fs/promises that makes folders. */
export interface FolderFs {
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
  stat(path: string): Promise<unknown>;
}

/**
 * Makes a folder and those above it, where they are missing; throws what the system says. One by one:
 * Node's own `recursive` never ends below /proc, where the system says of any new folder that there is
 * no such file, and hides the reason on a read-only file system.
 */
export async function makeFolders(fs: FolderFs, path: string): Promise<void> {
  if (await makeOne(fs, path)) return;
  const above = dirname(path);
  if (above === path || (await isFolder(fs, above))) throw noFolders(path);
  await makeFolders(fs, above);
  if (!(await makeOne(fs, path))) throw noFolders(path);
}

/** @returns false where the system says that something above it is missing */
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
  return Object.assign(new Error(`no folder can be made at ${path}`), { code: NO_FOLDERS });
}
