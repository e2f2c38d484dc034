import { dirname } from 'node:path';
import { codeOf } from './node-errors.js';

/** The part of node:fs/promises that makes folders. */
export interface FolderFs {
  mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
  stat(path: string): Promise<unknown>;
}

/** Makes a folder and those above it, where they are missing; throws what the system says. */
export async function makeFolders(fs: FolderFs, path: string): Promise<void> {
  try {
    await fs.mkdir(path, { recursive: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // So Node calls a read-only file system; asked for the topmost missing folder alone it says why.
    await fs.mkdir(await topmostMissing(fs, path), { recursive: false });
    await fs.mkdir(path, { recursive: true });
  }
}

async function topmostMissing(fs: FolderFs, path: string): Promise<string> {
  const above = dirname(path);
  const known =
    above === path ||
    (await fs.stat(above).then(
      () => true,
      () => false,
    ));
  return known ? path : topmostMissing(fs, above);
}
