import type { Command } from 'commander';
import { AudioError, FileError, UsageError } from '../../core/errors.js';
import { joinPath } from '../../core/paths.js';
import { writeSafetensors } from '../../core/safetensors.js';
import { FEATURE_COUNT, FEATURE_NAMES, FEATURE_SETTINGS } from '../../features/settings.js';
import { featuresOfFile, type UtteranceFeatures } from '../../features/utterance.js';
import { audioFiles, type FoundAudio } from '../options/audio-files.js';
import type { Cli } from '../cli.js';
import type { Run } from '../run.js';
import { examples, oneLine } from '../text.js';
import { path, paths } from '../options/values.js';

const FORMAT = 'alstm-feature-file-1';

export function addFeatures(program: Command, run: Run): void {
  program
    .command('features')
    .summary('write the 36 features of recordings')
    .description(
      'Writes one safetensors file a recording: `features` [T, 36] and `normalised` [T, 36] (over the ' +
        'recording), float32, a frame every 10 ms. What is found in a folder keeps its ' +
        'place there below --out. A recording that fails does not stop the others.',
    )
    .argument('<file...>', 'recordings (WAV, FLAC, MP3, OGG), or folders of them', paths)
    .requiredOption('--out <dir>', 'folder to write to', path)
    .addHelpText('after', examples('alstm features speech.wav --out features'))
    .action((recordings: string[], { out }: { out: string }, command: Command) =>
      run(command, (cli) => features(cli, recordings, out)),
    );
}

async function features(cli: Cli, given: readonly string[], out: string): Promise<void> {
  if ((await cli.files.exists(out)) && !(await cli.files.isFolder(out))) {
    throw new FileError(`--out ${out} is a file`, 'Give the path of a folder.');
  }
  const recordings = await audioFiles(cli, given);
  const targets = targetsOf(recordings, out);
  for (const [done, [target, recording]] of [...targets].entries()) {
    cli.startProgress('features', targets.size).update(done);
    try {
      const found = await featuresOfFile(cli.files, recording, {
        cache: cli.cache,
        warn: cli.warn,
      });
      await cli.files.write(target, fileOf(found));
      const { frames, seconds } = found;
      cli.result({ path: recording, out: target, frames, seconds }, () => [
        `${target}  ${frames} frames`,
      ]);
    } catch (error) {
      // What is wrong with one recording says nothing of the next; a full disk does.
      if (!(error instanceof AudioError || error instanceof FileError)) throw error;
      cli.complain(error);
      if (cli.json) cli.printJson({ path: recording, error: oneLine(error.message) });
    }
  }
}

/** Recording by the file to write. */
function targetsOf(recordings: readonly FoundAudio[], out: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const { path: recording, name } of recordings) {
    const target = joinPath(out, `${name.replace(/\.[^./]+$/, '')}.safetensors`);
    const other = targets.get(target);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${recording} would both be written to ${target}`,
        'Rename one of them, or write it to another --out.',
      );
    }
    targets.set(target, recording);
  }
  return targets;
}

function fileOf({ frames, seconds, digest, features, normalised }: UtteranceFeatures): Uint8Array {
  const shape = [frames, FEATURE_COUNT];
  const settings = Object.entries(FEATURE_SETTINGS).map(([name, value]) => [name, String(value)]);
  return writeSafetensors(
    { features: { shape, data: features }, normalised: { shape, data: normalised } },
    {
      format: FORMAT,
      ...(Object.fromEntries(settings) as Record<string, string>),
      names: FEATURE_NAMES.join(),
      recording: digest,
      seconds: String(seconds),
    },
  );
}
