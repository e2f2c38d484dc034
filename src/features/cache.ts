import { AlstmError, FileError, FormatError, messageOf, WriteError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { readSafetensors, type SafetensorsFile, writeSafetensors } from '../core/safetensors.js';
import type { Change } from './change.js';
import { sha256, sha256OfFloats } from './digest.js';
import type { Features } from './extract.js';
import type { FeatureSet } from './sets/feature-set.js';
import type { Trim } from './trim.js';

/** Raise this whenever the same bytes give other samples, after a change of decoder or resampler. */
const VERSION = 2;
const FORMAT = 'alstm-feature-cache-1';
/** The set of entries whose keys name none: there was no other. */
const UNNAMED = { id: 'prosody36', version: 1 };

/** What else features depend on: nothing else if they are of whole recordings at their own speed. */
export interface FeatureVariant extends Change {
  /** As of `keptFrames`. */
  readonly trimDb?: number;
}

/** With a recording's bytes, all that its features depend on. */
export function featureIdentity(
  { id, version, rate, window, hop }: FeatureSet,
  { trimDb, speed, condition }: FeatureVariant = {},
) {
  const unnamed = id === UNNAMED.id && version === UNNAMED.version;
  return {
    version: VERSION,
    settings: { rate, window, hop, normalisation: 'utterance' },
    ...(!unnamed && { set: { id, version } }),
    ...(trimDb !== undefined && { trimDb }),
    ...(speed !== undefined && { speed }),
    ...(condition !== undefined && { condition }),
  };
}

/** What the cache keeps of a recording. */
export interface CachedFeatures extends Features {
  readonly seconds: number;
}

/** A file of the cache: its last bytes are `features`, then `normalised`. */
export interface EntryFile {
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
}

/** An entry, and its file. */
export interface StoredEntry extends CachedFeatures {
  readonly entry: EntryFile;
}

/**
 * Features of one set on disk, one file per recording, `features/KEY.safetensors` below the cache folder. The
 * key depends on the recording's bytes, the feature set with its version, trimming, speed and condition, and the version
 * of this code, so an entry never becomes stale; a checksum detects damage.
 */
export class FeatureCache {
  /** @param warn called with one line that says what is wrong with an entry */
  constructor(
    private readonly files: Files,
    private readonly folder: string,
    private readonly set: FeatureSet,
    private readonly warn?: (line: string) => void,
    private readonly variant: FeatureVariant = {},
  ) {}

  /**
   * The entry of a recording; undefined if there is none, or it is damaged or cannot be read:
   * then compute it again.
   *
   * @param digest SHA-256 of the recording's bytes
   * @param expected there was one: `warn` is told where there is none any more
   */
  async get(digest: string, expected = false): Promise<StoredEntry | undefined> {
    const path = await this.pathOf(digest);
    try {
      if (!expected && !(await this.files.exists(path))) return undefined;
      const bytes = await this.files.read(path);
      const found = await parseEntry(bytes, path, digest, this.set, this.variant);
      return { ...found, entry: { path, bytes: bytes.length } };
    } catch (error) {
      if (!(error instanceof AlstmError)) throw error;
      if (expected && error instanceof FileError && (await this.isGone(path))) {
        this.warn?.(
          `features that were in ${this.folder}/features are gone; they are computed again`,
        );
        return undefined;
      }
      const problem = error instanceof FileError ? this.ofFolder(error, path) : messageOf(error);
      this.warn?.(`${problem}; the features are computed again`);
      return undefined;
    }
  }

  /**
   * Stores an entry. If it cannot be written, calls `warn`; without it the error is thrown, so that
   * it is not lost.
   *
   * @returns where it is kept; undefined if it is not
   * @throws WriteError
   */
  async put(digest: string, entry: CachedFeatures): Promise<EntryFile | undefined> {
    const { features, normalised, frames, seconds, trim } = entry;
    const shape = [frames, this.set.dimensions];
    const bytes = writeSafetensors(
      { features: { shape, data: features }, normalised: { shape, data: normalised } },
      {
        format: FORMAT,
        recording: digest,
        seconds: String(seconds),
        ...(trim && { trim: `${trim.start} of ${trim.total}` }),
        checksum: await sha256OfFloats(features, normalised),
      },
    );
    const path = await this.pathOf(digest);
    try {
      await this.files.write(path, bytes);
      return { path, bytes: bytes.length };
    } catch (error) {
      if (!(error instanceof WriteError) || this.warn === undefined) throw error;
      this.warn(`${this.ofFolder(error, path)}; the features are not stored`);
      return undefined;
    }
  }

  /** Whether there is surely no such file: where nobody can tell, what was wrong with reading it is. */
  private isGone(path: string): Promise<boolean> {
    return this.files.exists(path).then(
      (there) => !there,
      () => false,
    );
  }

  /** What is wrong with the folder: the same words for every entry, so that they can be told once. */
  private ofFolder(error: Error, path: string): string {
    return messageOf(error).replace(path, `${this.folder}/features`);
  }

  private async pathOf(digest: string): Promise<string> {
    const key = JSON.stringify({ ...featureIdentity(this.set, this.variant), digest });
    return `${this.folder}/features/${await sha256(new TextEncoder().encode(key))}.safetensors`;
  }
}

async function parseEntry(
  bytes: Uint8Array,
  path: string,
  digest: string,
  { dimensions }: FeatureSet,
  { trimDb }: FeatureVariant,
): Promise<CachedFeatures> {
  const file = readSafetensors(bytes, { source: path, requireFinite: true });
  const features = matrix(file, 'features', dimensions, path);
  const normalised = matrix(file, 'normalised', dimensions, path);
  const { metadata } = file;
  const seconds = Number(metadata['seconds']);
  if (
    metadata['format'] !== FORMAT ||
    metadata['recording'] !== digest ||
    metadata['checksum'] !== (await sha256OfFloats(features, normalised)) ||
    features.length !== normalised.length ||
    !(seconds > 0)
  ) {
    throw damaged(path, 'its contents do not match its checksum or recording');
  }
  const frames = features.length / dimensions;
  const found = { frames, features, normalised, seconds };
  if (trimDb === undefined) return found;
  return { ...found, trim: trimOf(metadata['trim'] ?? '', frames, path) };
}

function trimOf(text: string, frames: number, path: string): Trim {
  const [, start = NaN, total = NaN] = (/^(\d{1,9}) of (\d{1,9})$/.exec(text) ?? []).map(Number);
  if (start + frames <= total) return { start, total };
  throw damaged(path, 'it does not say where its frames lie in the recording');
}

function matrix(
  file: SafetensorsFile,
  name: string,
  dimensions: number,
  path: string,
): Float32Array {
  const tensor = file.tensors.get(name);
  const fits =
    tensor?.dtype === 'F32' && tensor.shape.length === 2 && tensor.shape[1] === dimensions;
  if (!fits || tensor.data.length === 0) {
    throw damaged(path, `it has no float32 tensor ${name} [T, ${dimensions}]`);
  }
  return tensor.data;
}

function damaged(path: string, problem: string): FormatError {
  return new FormatError(`${path}: a damaged cache entry: ${problem}`, 'Remove the file.');
}
