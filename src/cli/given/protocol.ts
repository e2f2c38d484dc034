import { UsageError } from '../../core/errors.js';
import type { CorpusFilters } from '../../corpora/filters.js';
import { partNames } from '../../corpora/several.js';
import { PROTOCOL_FORMAT, type Protocol } from '../../experiments/protocol.js';
import type { SplitRule } from '../../experiments/split-rule.js';
import type { RunSettings } from '../../runs/settings.js';
import type { PartWithoutPath } from './corpora.js';
import { kappaOf } from '../../runs/choices.js';
import { spelled } from '../text.js';
import { filtersOf } from './data.js';
import type { ProtocolFlags } from '../options/protocol.js';

/**
 * The protocol that the options define.
 *
 * @param settings from the configuration file and the options combined
 * @param parts the corpora if there are several, or labels are mapped
 * @param seed for the random choices of the split
 * @throws UsageError for --cell
 */
export function protocolOf(
  flags: ProtocolFlags,
  settings: RunSettings,
  seed: number,
  parts?: readonly PartWithoutPath[],
): Protocol {
  if (flags.cell !== undefined) {
    throw new UsageError('--cell was given', 'An experiment compares several: give --cells.');
  }
  const { name, normalise, precision } = flags;
  const { validationShare, validateBy, headHidden, labelSmoothing, classWeights: weights } = flags;
  const corpus = parts
    ? partNames(parts.map((part) => part.corpus)).join('+')
    : (flags.corpus ?? 'manifest');
  const split = splitOf(flags, seed);
  const heads = {
    ...(headHidden !== undefined && { hidden: headHidden }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
    ...(weights !== undefined && { classWeights: weights }),
  };
  const filters: CorpusFilters = filtersOf(flags);
  const kappa = kappaOf(flags, settings, spelled);
  const features = { ...settings.features, ...(kappa !== undefined && { kappa }) };
  const whole = { ...settings, ...(Object.keys(features).length > 0 && { features }) };
  return {
    format: PROTOCOL_FORMAT,
    name: name ?? `${corpus}: ${flags.cells.map((cell) => cell.name).join(', ')}`,
    corpus: { format: corpus, ...(parts && { corpora: parts }), ...filters },
    split,
    ...(validationShare !== undefined && { validationShare }),
    ...(validateBy && { validateBy }),
    ...(normalise && { normalise }),
    // as in JSON: without undefined values
    settings: JSON.parse(JSON.stringify(whole)) as Record<string, unknown>,
    ...(Object.keys(heads).length > 0 && { heads }),
    cells: flags.cells,
    seeds: flags.seeds,
    ...(precision && { precision }),
  };
}

function splitOf(
  { split, testSpeakers, testFolds, draws, k }: ProtocolFlags,
  seed: number,
): SplitRule {
  const usual = testSpeakers ? 'speakers' : testFolds ? 'folds' : 'leave-one-speaker-out';
  switch (split ?? usual) {
    case 'folds':
      return { kind: 'folds', folds: testFolds ?? [] };
    case 'speakers':
      return { kind: 'speakers', test: testSpeakers ?? [] };
    case 'random-pair':
      return { kind: 'random-pair', draws, seed };
    case 'leave-one-speaker-out':
      return { kind: 'leave-one-speaker-out' };
    case 'leave-one-session-out':
      return { kind: 'leave-one-session-out' };
    case 'leave-one-corpus-out':
      return { kind: 'leave-one-corpus-out' };
    case 'train-on-one-corpus':
      return { kind: 'train-on-one-corpus' };
    case 'speaker-folds':
      return { kind: 'speaker-folds', folds: k, seed };
  }
}
