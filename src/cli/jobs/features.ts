import { AudioError, CodecError, FileError, messageOf, UsageError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import { writeSafetensors } from '../../core/safetensors.js';
import { externalName } from '../../features/external/set.js';
import type { FeatureSet } from '../../features/sets/feature-set.js';
import { defaultFeatureSet as usual, featureSet } from '../../features/sets/registry.js';
import type { UtteranceFeatures } from '../../features/utterance.js';
import { featuresInOrder } from '../../features/workers/in-order.js';
import { audioFiles, type FoundAudio } from '../given/audio-files.js';
import type { Cli } from '../cli.js';
import type { TrimDbFlag } from '../options/features.js';
import { oneLine } from '../../core/lines.js';

const FORMAT = 'alstm-feature-file-1';

export interface FeaturesFlags {
  readonly out: string;
  readonly set?: string;
  readonly trimDb?: TrimDbFlag;
}

export async function features(
  cli: Cli,
  given: readonly string[],
  { out, set: id, trimDb: trim }: FeaturesFlags,
): Promise<void> {
  if (id !== undefined && externalName(id) !== undefined) {
    throw new UsageError(
      `${id} features are not computed here: another program does that`,
      'Name their files in the column features of a manifest, and train on it.',
    );
  }
  const trimDb = trim === undefined || trim === 'none' ? null : trim;
  const set = id === undefined ? usual : featureSet(id, '--set');
  if ((await cli.files.exists(out)) && !(await cli.files.isFolder(out))) {
    throw new FileError(`--out ${out} is a file`, 'Give the path of a folder.');
  }
  const recordings = await audioFiles(cli, given);
  const targets = targetsOf(recordings, out);
  const options = { featureSet: set, trimDb, cache: cli.cache, warn: cli.warn };
  const paths = [...targets.values()];
  const all = featuresInOrder(cli.workers(paths.length), paths, options);
  const names = [...targets.keys()];
  let done = 0;
  const show = (): void => cli.startProgress('features', names.length).update(done);
  show();
  for await (const { path: recording, value: found, error } of all) {
    const target = names[done++]!;
    try {
      if (found === undefined) throw error;
      await cli.files.write(target, fileOf(found, set, trimDb));
      const { frames, seconds } = found;
      cli.result({ path: recording, out: target, frames, seconds }, () => [
        `${target}  ${frames} frames`,
      ]);
    } catch (error) {
      // A bad recording does not affect the next one; a full disk does.
      const ofRecording = [AudioError, CodecError, FileError].some((own) => error instanceof own);
      if (!ofRecording) throw error;
      cli.complain(error);
      if (cli.json) cli.printJson({ path: recording, error: oneLine(messageOf(error)) });
    }
    if (done < names.length) show();
  }
}

/** Maps each file to write to its recording. */
function targetsOf(recordings: readonly FoundAudio[], out: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const { path: recording, name } of recordings) {
    const target = joinPath(out, `${name.replace(/\.[^./]+$/, '')}.safetensors`);
    const other = targets.get(target);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${recording} would both be written to ${target}`,
        'Rename one of them, or use another --out for it.',
      );
    }
    targets.set(target, recording);
  }
  return targets;
}

function fileOf(
  { frames, seconds, digest, features, normalised, trim }: UtteranceFeatures,
  set: FeatureSet,
  trimDb: number | null,
): Uint8Array {
  const shape = [frames, set.dimensions];
  return writeSafetensors(
    { features: { shape, data: features }, normalised: { shape, data: normalised } },
    {
      format: FORMAT,
      ...(set !== usual && { set: set.id }),
      rate: String(set.rate),
      window: String(set.window),
      hop: String(set.hop),
      normalisation: 'utterance',
      names: set.names.join(),
      ...(trim && {
        trimDb: String(trimDb),
        firstFrame: String(trim.start),
        allFrames: String(trim.total),
      }),
      recording: digest,
      seconds: String(seconds),
    },
  );
}
