import { FileError } from '../core/errors.js';
import { CONFIG, WEIGHTS } from './layout.js';
import { parentFolder } from '../core/paths.js';

/**
 * The folder of the model among files that a person chose: the one nearest to the top.
 *
 * @param paths with `/`
 * @throws FileError if there is none
 */
export function chosenModelFolder(paths: readonly string[]): string {
  const folders = paths.filter((path) => path.split('/').at(-1) === WEIGHTS).map(parentFolder);
  const depth = (folder: string): number => folder.split('/').length;
  const [nearest] = folders.sort((a, b) => depth(a) - depth(b));
  if (nearest !== undefined) return nearest;
  throw new FileError(
    `the chosen files do not include ${WEIGHTS}`,
    `Choose the folder with ${CONFIG} and ${WEIGHTS}, or an archive of it.`,
  );
}
