import type { Files } from '../../core/files.js';
import { CONFIG, WEIGHTS } from '../../model/layout.js';
import { BlobFiles } from '../../platform/browser/blob-files.js';
import { OpfsFiles } from '../../platform/browser/opfs-files.js';
import type { NamedFile } from '../protocol.js';
import { get } from '../get.js';

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

/** A model that comes with the page, in the folder `model`. */
export async function shippedModel(address: string): Promise<Files> {
  const fetched = [CONFIG, WEIGHTS].map(async (name) => {
    const response = await get(new URL(name, address).href);
    return { path: `model/${name}`, file: await response.blob() };
  });
  return blobFiles(await Promise.all(fetched));
}
