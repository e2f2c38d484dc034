import { ConfigError, FormatError } from '../core/errors.js';
import { gunzip } from '../core/gzip.js';
import { brief, shownName } from '../core/json.js';
import { refuseLfsPointer } from '../core/lfs.js';
import { parentFolder, joinPath } from '../core/paths.js';
import { tarEntries } from '../core/tar.js';
import { type ArchiveEntry, MOST_ENTRIES, readZip } from '../core/zip.js';
import { CONFIG, MOST_BYTES, MOST_CONFIG_BYTES, type ModelSource, WEIGHTS } from './layout.js';

const endings = /\.(zip|tar|tar\.gz|tgz)$/i;

/**
 * A small archive may not unpack to what fills a memory: beyond the first megabytes nothing may become larger than so many
 * times what it was. Weights shrink little, texts to a tenth.
 */
const MOST_TIMES = 100;
const FREE_BYTES = 2 ** 24;

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
 *   that is too large or a link; ConfigError if it holds no model, or several
 */
export async function openArchive(
  archive: Uint8Array,
  name: string,
  named = name,
): Promise<ModelSource> {
  const entries = await entriesOf(archive, name, named);
  const folders = [...entries.keys()]
    .filter((path) => path.split('/').at(-1) === WEIGHTS)
    .map(parentFolder)
    .filter((folder) => entries.has(joinPath(folder, CONFIG)));
  const [folder, other] = folders;
  if (folder === undefined || other !== undefined) {
    throw new ConfigError(
      folder === undefined
        ? `${name}: it contains no model`
        : `${name}: it contains several models, in ${shownName(folder)} and in ${shownName(other!)}`,
      `Pack one model folder (${CONFIG} and ${WEIGHTS}).`,
    );
  }
  const unpack = async (file: string, most: number) => {
    const entry = entries.get(joinPath(folder, file));
    if (entry === undefined) throw refused(name, `${file} is missing`);
    const { size, packed, isFile } = entry;
    const what = shownName(entry.name);
    if (!isFile) {
      throw new FormatError(
        `${name}: ${what} is a link or not stored as it is`,
        'Pack the file itself: zip without -y; tar with --dereference --hard-dereference, without --sparse.',
      );
    }
    if (size > most) {
      throw refused(name, `${what} is ${size} bytes, but a model's has at most ${most}`);
    }
    if (size > mostFrom(packed)) {
      throw refused(name, `${what} unpacks from ${packed} bytes to ${size}, as no model's does`);
    }
    return entry.read();
  };
  return {
    names: { config: `${name}: ${CONFIG}`, weights: `${name}: ${WEIGHTS}` },
    config: () => unpack(CONFIG, MOST_CONFIG_BYTES),
    weights: (most) => unpack(WEIGHTS, most),
  };
}

function mostFrom(packed: number): number {
  return FREE_BYTES + MOST_TIMES * packed;
}

/** Its files by their paths within it. */
async function entriesOf(
  archive: Uint8Array,
  name: string,
  named: string,
): Promise<ReadonlyMap<string, ArchiveEntry>> {
  refuseLfsPointer(archive, name);
  const entries = new Map<string, ArchiveEntry>();
  if (/zip$/i.test(named)) {
    for (const entry of readZip(archive, name)) {
      const path = placeOf(entry.name, name);
      if (entries.has(path)) throw refused(name, `${shownName(path)} is in it twice`);
      entries.set(path, entry);
    }
    return entries;
  }
  // Of one name the last counts, as `tar --append` means it.
  for await (const entry of ofTar(archive, name, /gz$/i.test(named))) {
    entries.set(placeOf(entry.name, name), entry);
  }
  return entries;
}

/** The files of a tar archive. It is gone through once to list them, and again as far as each that is read. */
async function* ofTar(
  archive: Uint8Array,
  name: string,
  isPacked: boolean,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const most = Math.min(MOST_BYTES + 2 * MOST_CONFIG_BYTES, mostFrom(archive.length));
  const pieces = () => (isPacked ? gunzip(archive, most, name) : [archive]);
  const readAt = async (wanted: number): Promise<Uint8Array> => {
    let at = -1;
    for await (const { content } of tarEntries(pieces(), name, () => at + 1 === wanted)) {
      if (++at === wanted && content !== undefined) return content;
    }
    throw refused(name, 'it has changed while it was read');
  };
  let count = 0;
  for await (const { name: own, kind, size } of tarEntries(pieces(), name, () => false)) {
    const index = count++;
    if (count > MOST_ENTRIES) throw refused(name, `it has more than ${MOST_ENTRIES} files`);
    if (kind === 'folder') continue;
    const packed = isPacked ? archive.length : size;
    yield { name: own, size, packed, isFile: kind === 'file', read: () => readAt(index) };
  }
}

/** A name as a path from the archive's top. Nothing is written there, but one that points outside is suspicious. */
function placeOf(entry: string, archive: string): string {
  const parts = entry.split(/[/\\]/);
  if (parts.includes('..') || parts[0] === '' || /^[A-Za-z]:/.test(entry)) {
    throw refused(archive, `the name ${brief(entry)} points outside it`);
  }
  return joinPath('.', entry);
}

function refused(archive: string, problem: string): FormatError {
  return new FormatError(
    `${archive}: ${problem}`,
    'Pack the model folder again, or ask its author to.',
  );
}
