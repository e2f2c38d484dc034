import { attendsToStates } from '../core/cells.js';
import { lastRecurrent } from '../core/layers.js';
import type { Files } from '../core/files.js';
import { relativePath } from '../core/paths.js';
import type { Utterance } from '../corpora/corpus.js';
import { recordingFor } from '../features/recording.js';
import { columnOf, secondsOf } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { trimOfSamples } from '../features/extract.js';
import { featuresOfSamples } from '../features/utterance.js';
import { inspectUtterance } from '../inference/inspector.js';
import type { TrainedModel } from '../model/folder.js';
import { envelope } from '../report/draw/bins.js';
import type { Dataset } from '../data/dataset.js';
import type { JobExample } from './result.js';
import type { JobContext } from './job-context.js';

/** Examples of a fold: of many emotions the first ones, else a report is nothing but examples. */
const MOST_EXAMPLES = 12;

/**
 * What a model computes for some test utterances: for each emotion the one of median length, so that all
 * cells of a fold show the same ones.
 */
export async function examplesOf(
  { engine, reopen, log, files, data }: JobContext,
  trained: TrainedModel,
  utterances: readonly Utterance[],
  { lengths, read, functionals }: Dataset,
): Promise<JobExample[]> {
  const examples: JobExample[] = [];
  const last = lastRecurrent(trained.model);
  for (const label of trained.labels['emotion'] ?? []) {
    const own = [...utterances.keys()].filter((i) => utterances[i]?.labels['emotion'] === label);
    const at = own.toSorted((a, b) => lengths[a]! - lengths[b]!)[own.length >> 1];
    if (at === undefined) continue;
    if (examples.length === MOST_EXAMPLES) break;
    const { path, labels } = utterances[at]!;
    const [normalised] = await read([at]);
    const { sound, pitch, seconds, trim } = await soundOf(files, path, trained, lengths[at]!);
    const seen = await inspectUtterance(await engine(), trained, normalised!, {
      ...{ reopen, log, functionals: functionals?.[at] },
      ...(trim && { trim }),
    });
    const scores = seen.scores['emotion'] ?? {};
    const [best = ''] = Object.entries(scores).toSorted(([, a], [, b]) => b - a)[0] ?? [];
    examples.push({
      path: relativePath(data.path, path),
      truth: label,
      speaker: labels['speaker'] ?? '',
      seconds,
      envelope: envelope(sound),
      pitch,
      label: best,
      scores,
      attention: [...seen.attention],
      // equal weights are the same everywhere
      ...(seen.combination &&
        attendsToStates(last.cell) && {
          combination: seen.combination.filter(({ layer }) => layer === last.name),
        }),
    });
  }
  return examples;
}

/** A recording as it is drawn. */
interface Sound {
  readonly sound: Float32Array;
  /** F0 in Hz of each frame, 0 where unvoiced. */
  readonly pitch: number[];
  readonly seconds: number;
  readonly trim?: ReturnType<typeof trimOfSamples>;
}

/** The recording of an utterance; of external features there may be none. */
async function soundOf(
  files: Files,
  path: string,
  { featureSet: set = defaultFeatureSet, trimDb }: TrainedModel,
  frames: number,
): Promise<Sound> {
  if (set.external) {
    return { sound: new Float32Array(1), pitch: [], seconds: secondsOf(frames, set) };
  }
  const { samples, seconds } = await recordingFor(set, await files.read(path), path);
  const { features } = await featuresOfSamples(samples, set.rate, path, set); // of all frames
  return {
    sound: samples,
    pitch: [...(columnOf(set, features, 'pitch') ?? [])],
    seconds,
    trim: trimOfSamples(samples, set, trimDb),
  };
}
