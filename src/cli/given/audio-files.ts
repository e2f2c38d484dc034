import picomatch from 'picomatch';
import { FileError } from '../../core/errors.js';
import { didYouMeanPath } from '../../core/near-path.js';
import { joinPath } from '../../core/paths.js';
import { recordingName } from '../../core/recording-name.js';
import { walkFolder, type Passed } from '../../core/walk.js';
import { featureFileName } from '../../features/external/file.js';
import type { Cli } from '../cli.js';

/** What a command reads. */
const kinds = {
  audio: {
    name: recordingName,
    what: 'audio files',
    endings: 'wav, flac, mp3, ogg, oga and opus',
  },
  features: {
    name: featureFileName,
    what: 'files of features',
    endings: 'npy, safetensors and csv',
  },
};

export type FileKind = keyof typeof kinds;

/** Whether a path is called like a recording. */
export function isAudioName(path: string): boolean {
  return kinds.audio.name.test(path);
}

/** Whether a path is a pattern such as `calls/*.wav`, which a shell expands unless it is quoted. */
export function isPattern(path: string): boolean {
  return picomatch.scan(path).isGlob === true;
}

/** A recording, and its name: its path within the given folder. */
export interface FoundAudio {
  readonly path: string;
  readonly name: string;
}

/**
 * The recordings at the given paths: a file whatever its name, a folder with all audio files in it and
 * its subfolders, sorted by name; a pattern that is no path itself, with what a shell would make of it, `**` included.
 * Hidden files and folders are skipped, each folder is visited
 * once, and skipped files are reported; a folder that cannot be read makes the command fail at
 * the end. A path that is neither a file nor a folder counts as a recording that fails.
 *
 * @param kind default: recordings; or files with external features
 * @throws FileError for a folder or a pattern without any
 */
export async function audioFiles(
  cli: Cli,
  paths: readonly string[],
  kind: FileKind = 'audio',
): Promise<FoundAudio[]> {
  const found: FoundAudio[] = [];
  for (const path of paths) {
    if (await cli.files.isFolder(path)) add(found, await inFolder(cli, path, kind));
    else if (isPattern(path) && !(await cli.files.exists(path))) {
      add(found, await matching(cli, path, kind));
    } else {
      if (!(await cli.files.exists(path))) await tellNear(cli, path);
      found.push({ path, name: path.slice(path.lastIndexOf('/') + 1) });
    }
  }
  return found;
}

/** The recording fails later, when its turn comes; this says what was probably meant. */
async function tellNear(cli: Cli, path: string): Promise<void> {
  const meant = await didYouMeanPath(cli.files, path);
  if (meant !== '') cli.warn(`there is no ${path}. ${meant.trim()}`);
}

/** Not by `push(...more)`: an archive has more files than a call may have arguments. */
function add<T>(all: T[], more: readonly T[]): void {
  for (const one of more) all.push(one);
}

async function inFolder(cli: Cli, path: string, kind: FileKind): Promise<FoundAudio[]> {
  const { name: wanted, what, endings } = kinds[kind];
  const inside = (await filesBelow(cli, path, (name) => wanted.test(name))).filter(({ name }) =>
    wanted.test(name),
  );
  if (inside.length > 0) return inside;
  throw new FileError(
    `${path} has no ${what}`,
    `Folders are searched for ${endings}; name other files one by one.`,
  );
}

/** A file that matches whatever its name, and the recordings in a folder that matches. */
async function matching(cli: Cli, pattern: string, kind: FileKind): Promise<FoundAudio[]> {
  const { name: wanted, what } = kinds[kind];
  const { base, glob } = picomatch.scan(pattern);
  const matches = picomatch(glob);
  const folder = base === '' ? '.' : base;
  const takes = (name: string): boolean => {
    if (matches(name)) return true;
    return wanted.test(name) && foldersOf(name).some((above) => matches(above));
  };
  const inside = (await cli.files.isFolder(folder)) ? await filesBelow(cli, folder, takes) : [];
  const found = inside.filter(({ name }) => takes(name));
  if (found.length > 0) return found;
  throw new FileError(
    `${pattern} matches no ${what}`,
    '* stands for any characters of a name, ** for any folders; quote a pattern that alstm is to expand.',
  );
}

/** `a`, `a/b` of `a/b/c.wav` */
function foldersOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** All files below a folder, and what is not a file but `wanted`: it counts as a recording that fails. */
async function filesBelow(
  cli: Cli,
  folder: string,
  wanted: (name: string) => boolean,
): Promise<FoundAudio[]> {
  const { files, passed } = await walkFolder(cli.files, folder);
  const inside = files.map(({ path, parts }) => ({ path, name: parts.join('/') }));
  for (const one of passed) {
    const name = one.path.slice(joinPath(folder, '.').length + 1);
    if (one.kind === 'other' && wanted(name)) inside.push({ path: one.path, name });
    else tellPassed(cli, one);
  }
  return inside;
}

function tellPassed(cli: Cli, { path, kind, reason }: Passed): void {
  if (kind !== 'folder') cli.warn(`skipped: ${path}: ${reason}`);
  else cli.complain(new FileError(reason, 'The other folders are still read.'));
}
