import { FileError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';

const audioName = /\.(?:wav|wave|flac|mp3|ogg|oga|opus)$/i;

/** A recording, and what it is called where it was found: its path within the folder that was given. */
export interface FoundAudio {
  readonly path: string;
  readonly name: string;
}

/**
 * The recordings that paths name: a file whatever its name, a folder with all audio files in it and
 * in the folders below, in the order of their names. Hidden files and folders are left out.
 *
 * @throws FileError for a folder without any
 */
export async function audioFiles(files: Files, paths: readonly string[]): Promise<FoundAudio[]> {
  const found: FoundAudio[] = [];
  for (const path of paths) {
    if (!(await files.isFolder(path))) {
      found.push({ path, name: path.slice(path.lastIndexOf('/') + 1) });
      continue;
    }
    const inside = await namesInside(files, path);
    if (inside.length === 0) {
      throw new FileError(
        `${path} holds no audio files`,
        'It looks for the endings wav, flac, mp3, ogg, oga and opus; name other files one by one.',
      );
    }
    found.push(...inside.map((name) => ({ path: joinPath(path, name), name })));
  }
  return found;
}

/** Paths within a folder. */
async function namesInside(files: Files, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    if (name.startsWith('.')) continue;
    if (await files.isFolder(joinPath(folder, name))) {
      const inside = await namesInside(files, joinPath(folder, name));
      found.push(...inside.map((below) => `${name}/${below}`));
    } else if (audioName.test(name)) found.push(name);
  }
  return found;
}
