import { FileError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import { walkFolder } from '../../core/walk.js';
import { featureFileName } from '../../features/external/file.js';
import type { Cli } from '../cli.js';

/** What a command reads. */
const kinds = {
  audio: {
    name: /\.(?:wav|wave|flac|mp3|ogg|oga|opus)$/i,
    what: 'audio files',
    endings: 'wav, flac, mp3, ogg, oga and opus',
  },
  features: {
    name: featureFileName,
    what: 'files of features',
    endings: 'npy, safetensors and csv',
  },
};

/** Whether a path is called like a recording. */
export function isAudioName(path: string): boolean {
  return kinds.audio.name.test(path);
}

/** A recording, and its name: its path within the given folder. */
export interface FoundAudio {
  readonly path: string;
  readonly name: string;
}

/**
 * The recordings at the given paths: a file whatever its name, a folder with all audio files in it and
 * its subfolders, sorted by name. Hidden files and folders are skipped, each folder is visited
 * once, and skipped files are reported; a folder that cannot be read makes the command fail at
 * the end. A path that is neither a file nor a folder counts as a recording that fails.
 *
 * @param kind default: recordings; or files with external features
 * @throws FileError for a folder without any
 */
export async function audioFiles(
  cli: Cli,
  paths: readonly string[],
  kind: keyof typeof kinds = 'audio',
): Promise<FoundAudio[]> {
  const { name: wanted, what, endings } = kinds[kind];
  const found: FoundAudio[] = [];
  for (const path of paths) {
    if (!(await cli.files.isFolder(path))) {
      found.push({ path, name: path.slice(path.lastIndexOf('/') + 1) });
      continue;
    }
    const { files, passed } = await walkFolder(cli.files, path);
    const inside = files.map((file) => ({ path: file.path, name: file.parts.join('/') }));
    for (const one of passed) {
      const name = one.path.slice(joinPath(path, '.').length + 1);
      if (one.kind === 'other' && wanted.test(name)) inside.push({ path: one.path, name });
      else if (one.kind !== 'folder') cli.warn(`skipped: ${one.path}: ${one.reason}`);
      else cli.complain(new FileError(one.reason, 'The other folders are still read.'));
    }
    const recordings = inside.filter(({ name }) => wanted.test(name));
    if (recordings.length === 0) {
      throw new FileError(
        `${path} has no ${what}`,
        `Folders are searched for ${endings}; name other files one by one.`,
      );
    }
    found.push(...recordings);
  }
  return found;
}
