import { attendsToStates } from '../core/cells.js';
import { lastRecurrent } from '../core/layers.js';
import { relativePath } from '../core/paths.js';
import type { Utterance } from '../corpora/corpus.js';
import { recordingFor } from '../features/recording.js';
import { columnOf } from '../features/sets/feature-set.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { trimOfSamples } from '../features/extract.js';
import { featuresOfSamples } from '../features/utterance.js';
import { inspectUtterance } from '../inference/inspector.js';
import type { TrainedModel } from '../model/folder.js';
import { envelope } from '../report/draw/bins.js';
import type { Dataset } from '../data/dataset.js';
import type { JobExample } from './result.js';
import type { JobContext } from './job-context.js';

/**
 * What a model computes for some test utterances: for each emotion the one of median length, so that all
 * cells of a fold show the same ones.
 */
export async function examplesOf(
  { engine, reopen, log, files, data }: JobContext,
  trained: TrainedModel,
  utterances: readonly Utterance[],
  { lengths, read }: Dataset,
): Promise<JobExample[]> {
  const { featureSet: set = defaultFeatureSet } = trained;
  const examples: JobExample[] = [];
  const last = lastRecurrent(trained.model);
  for (const label of trained.labels['emotion'] ?? []) {
    const own = [...utterances.keys()].filter((i) => utterances[i]?.labels['emotion'] === label);
    const at = own.toSorted((a, b) => lengths[a]! - lengths[b]!)[own.length >> 1];
    if (at === undefined) continue;
    const { path, labels } = utterances[at]!;
    const { samples, seconds } = await recordingFor(set, await files.read(path), path);
    const raw = await featuresOfSamples(samples, set.rate, path, set); // of all frames, for the pitch
    const [normalised] = await read([at]);
    const seen = await inspectUtterance(await engine(), trained, normalised!, {
      reopen,
      log,
      trim: trimOfSamples(samples, set, trained.trimDb),
    });
    const scores = seen.scores['emotion'] ?? {};
    const [best = ''] = Object.entries(scores).toSorted(([, a], [, b]) => b - a)[0] ?? [];
    examples.push({
      path: relativePath(data.source.path, path),
      truth: label,
      speaker: labels['speaker'] ?? '',
      seconds,
      envelope: envelope(samples),
      pitch: [...(columnOf(set, raw.features, 'pitch') ?? [])], // F0 in Hz, 0 where unvoiced
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
