import { FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';

const audioName = /\.(?:wav|wave|flac|mp3|ogg|oga|opus)$/i;

/**
 * The recordings that paths name: a file whatever its name, a folder with all audio files in it and
 * in the folders below, in the order of their names. Hidden files and folders are left out.
 *
 * @throws FileError for a folder without any
 */
export async function audioFiles(files: Files, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await files.isFolder(path))) {
      found.push(path);
      continue;
    }
    const inside = await audioInside(files, path);
    if (inside.length === 0) {
      throw new FileError(
        `${path} holds no audio files`,
        'It looks for the endings wav, flac, mp3, ogg, oga and opus; name other files one by one.',
      );
    }
    found.push(...inside);
  }
  return found;
}

async function audioInside(files: Files, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    if (name.startsWith('.')) continue;
    const path = joinPath(folder, name);
    if (await files.isFolder(path)) found.push(...(await audioInside(files, path)));
    else if (audioName.test(name)) found.push(path);
  }
  return found;
}
