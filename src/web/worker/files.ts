import type { Files } from '../../core/files.js';
import { BlobFiles } from '../../platform/browser/blob-files.js';
import { OpfsFiles } from '../../platform/browser/opfs-files.js';
import configUrl from '../model/config.json?url';
import weightsUrl from '../model/model.safetensors?url';
import { FileError } from '../../core/errors.js';
import type { NamedFile } from '../protocol.js';

let kept: Files | undefined;

/** The origin's private file system. */
export function opfs(): Files {
  kept ??= new OpfsFiles();
  return kept;
}

/** Files that were chosen. */
export function blobFiles(files: readonly NamedFile[]): Files {
  return new BlobFiles(files.map(({ path, file }) => [path, file] as const));
}

/** The page's own model, in the folder `model`. */
export async function modelOfPage(): Promise<Files> {
  const parts = { 'model/config.json': configUrl, 'model/model.safetensors': weightsUrl };
  const fetched = Object.entries(parts).map(async ([path, url]) => {
    const response = await fetch(url);
    if (response.ok) return { path, file: await response.blob() };
    throw new FileError(`cannot load ${path}: ${response.status}`, 'Reload the page.');
  });
  return blobFiles(await Promise.all(fetched));
}
