import { FileError } from './errors.js';
import type { Files } from './files.js';
import { joinPath, parentFolder } from './paths.js';
import { nearest } from './suggest.js';

/** In a folder with more names one of them is always near. */
const MOST_NAMES = 10_000;

/** `Did you mean speech.wav? ` for a path that is not there but has one of nearly its name beside it; else empty. */
export async function didYouMeanPath(files: Files, path: string): Promise<string> {
  const meant = await nearPath(files, path);
  return meant === undefined ? '' : `Did you mean ${meant}? `;
}

/** The path of nearly the same name in the same folder, or of the same name with another ending. */
async function nearPath(files: Files, path: string): Promise<string | undefined> {
  const folder = parentFolder(path);
  const names = await namesIn(files, folder);
  if (names.length > MOST_NAMES) return undefined;
  const own = path.slice(path.lastIndexOf('/') + 1);
  const stem = stemOf(own);
  const ending = own.slice(stem.length);
  const alike = names.filter((name) => name === stemOf(name) + ending);
  const near = nearest(stem, alike.map(stemOf));
  const name = near === undefined ? names.find((one) => stemOf(one) === stem) : near + ending;
  return name === undefined ? undefined : joinPath(folder, name);
}

/** Nothing is suggested from a folder that cannot be read: the error about the path itself says what is wrong. */
async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return await files.list(folder);
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}

function stemOf(name: string): string {
  return name.replace(/(?<=.)\.[^.]*$/, '');
}
