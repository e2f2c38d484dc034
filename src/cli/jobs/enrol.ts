import { FileError, UsageError } from '../../core/errors.js';
import { sha256OfFloats } from '../../features/digest.js';
import { FEW_RECORDINGS } from '../../features/speaker-moments.js';
import { unlessUntrimmed } from '../../features/trim.js';
import { featuresInOrder } from '../../features/workers/in-order.js';
import {
  enrol,
  readEnrolment,
  refuseEnrolling,
  writeEnrolment,
} from '../../inference/enrolment.js';
import type { Cli } from '../cli.js';
import { audioFiles } from '../given/audio-files.js';
import { unlessUnusable } from '../given/speaker.js';
import { readGiven } from '../given/model.js';

export interface EnrolFlags {
  readonly model: string;
  readonly out: string;
  readonly add?: boolean;
}

export async function enrolSpeaker(
  cli: Cli,
  name: string,
  given: readonly string[],
  { model, out, add = false }: EnrolFlags,
): Promise<void> {
  const { files, cache, warn } = cli;
  const trained = await readGiven(cli, model);
  const { featureSet, trimDb } = trained;
  if (!add && (await files.exists(out))) {
    throw new UsageError(`${out} exists already`, 'Add to it with --add, or give another --out.');
  }
  const before = add ? await readEnrolment(files, out) : undefined;
  if (before !== undefined && before.name !== name) {
    throw new UsageError(
      `${out} is of ${before.name}, not of ${name}`,
      'Give its own name, or another --out.',
    );
  }
  refuseEnrolling(trained, before); // before the work
  const usable: Float32Array[] = [];
  const progress = cli.progressOf('features');
  const found = await audioFiles(cli, given, featureSet?.external ? 'features' : 'audio');
  const own = { cache, warn, ...(featureSet && { featureSet }), ...unlessUntrimmed(trimDb) };
  const recordings = found.map(({ path: recording }) => recording);
  const digests = new Set(before?.digests);
  let skipped = 0;
  let done = 0;
  for await (const { path: recording, value, error } of featuresInOrder(
    cli.workers(recordings.length),
    recordings,
    own,
  )) {
    await unlessUnusable(cli, recording, async () => {
      if (value === undefined) throw error;
      const digest = await sha256OfFloats(value.features);
      if (digests.has(digest)) {
        skipped++;
        return warn(`${recording} has been added already: skipped`);
      }
      digests.add(digest);
      usable.push(value.features);
    });
    progress(++done, recordings.length);
  }
  if (usable.length + skipped === 0) {
    throw new FileError(`there is no usable recording of ${name}`, 'Give others.');
  }
  const enrolment = { ...enrol(trained, name, usable, before), digests: [...digests] };
  await writeEnrolment(files, out, enrolment);
  const { recordings: held } = enrolment.speaker;
  if (held < FEW_RECORDINGS) {
    cli.warn(`${out} holds ${held} recordings: answers are better from ${FEW_RECORDINGS} on`);
  }
  const result = { path: out, name, added: usable.length, recordings: held };
  cli.result(result, () => [`${out}  ${name}, ${held} recordings`]);
}
