import { ConfigError, FormatError } from '../core/errors.js';
import { gunzip } from '../core/gzip.js';
import { refuseLfsPointer } from '../core/lfs.js';
import { parentFolder, joinPath } from '../core/paths.js';
import { readTar } from '../core/tar.js';
import { type ArchiveEntry, readZip } from '../core/zip.js';
import { CONFIG, MOST_BYTES, MOST_CONFIG_BYTES, type ModelSource, WEIGHTS } from './layout.js';

const endings = /\.(zip|tar|tar\.gz|tgz)$/i;

/** Whether a path or a URL's path has the extension of an archive. */
export function isArchiveName(name: string): boolean {
  return endings.test(name);
}

/**
 * The model in an archive: its files are at the top or in a folder, possibly among others. Only they are
 * unpacked, in memory.
 *
 * @param name of the archive, for errors
 * @param named name whose extension gives the kind of archive
 * @throws FormatError for an archive that is damaged, has names that point outside it, or a file
 *   that is too large; ConfigError if it holds no model, or several
 */
export async function openArchive(
  archive: Uint8Array,
  name: string,
  named = name,
): Promise<ModelSource> {
  const entries = new Map<string, ArchiveEntry>();
  for (const entry of await entriesOf(archive, name, named)) {
    const path = placeOf(entry.name, name);
    if (entries.has(path)) throw refused(name, `${path} is in it twice`);
    entries.set(path, entry);
  }
  const folders = [...entries.keys()]
    .filter((path) => path.split('/').at(-1) === WEIGHTS)
    .map(parentFolder)
    .filter((folder) => entries.has(joinPath(folder, CONFIG)));
  const [folder, other] = folders;
  if (folder === undefined || other !== undefined) {
    throw new ConfigError(
      folder === undefined
        ? `${name}: there is no model in it`
        : `${name}: there are several models in it, in ${folder} and in ${other}`,
      `Pack one model folder (${CONFIG} and ${WEIGHTS}).`,
    );
  }
  const unpack = (file: string, most: number) => {
    const entry = entries.get(joinPath(folder, file));
    if (entry === undefined) throw refused(name, `${file} is missing`);
    if (entry.size > most) {
      throw refused(
        name,
        `${entry.name} is ${entry.size} bytes, but a model's has at most ${most}`,
      );
    }
    return Promise.resolve(entry.read());
  };
  return {
    names: { config: `${name}: ${CONFIG}`, weights: `${name}: ${WEIGHTS}` },
    config: async () => unpack(CONFIG, MOST_CONFIG_BYTES),
    weights: async (most) => unpack(WEIGHTS, most),
  };
}

async function entriesOf(
  archive: Uint8Array,
  name: string,
  named: string,
): Promise<readonly ArchiveEntry[]> {
  refuseLfsPointer(archive, name);
  if (/zip$/i.test(named)) return readZip(archive, name);
  const most = MOST_BYTES + 2 * MOST_CONFIG_BYTES;
  const tar = /gz$/i.test(named) ? gunzip(archive, most, name) : archive;
  return Array.from(await readTar(tar, name), ([path, bytes]) => ({
    name: path,
    size: bytes.length,
    read: () => bytes,
  }));
}

/** A name as a path from the archive's top. Nothing is written there, but one that points outside is suspicious. */
function placeOf(entry: string, archive: string): string {
  const parts = entry.split(/[/\\]/);
  if (parts.includes('..') || parts[0] === '' || /^[A-Za-z]:/.test(entry)) {
    throw refused(archive, `the name ${JSON.stringify(entry)} points outside it`);
  }
  return joinPath('.', entry);
}

function refused(archive: string, problem: string): FormatError {
  return new FormatError(
    `${archive}: ${problem}`,
    'Pack the model folder again, or ask its author to.',
  );
}
