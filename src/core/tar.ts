import { unpackTar } from 'modern-tar';
import { FormatError, messageOf } from './errors.js';

/**
 * The regular files of a tar archive, with the long names of pax and GNU tar.
 *
 * @param source name of the archive, for errors
 * @throws FormatError if it is damaged or truncated, naming the file after which
 */
export async function readTar(
  archive: Uint8Array,
  source = 'tar archive',
): Promise<Map<string, Uint8Array>> {
  let last: string | undefined;
  try {
    const entries = await unpackTar(archive, {
      strict: true,
      filter: ({ name, type }) => {
        last = name;
        return type === 'file';
      },
    });
    return new Map(entries.map(({ header, data }) => [header.name, data ?? new Uint8Array()]));
  } catch (error) {
    const where = last === undefined ? 'at its beginning' : `at or after ${last}`;
    throw new FormatError(
      `${source}: ${where}: ${messageOf(error)}`,
      'Create or download the archive again.',
      { cause: error },
    );
  }
}
