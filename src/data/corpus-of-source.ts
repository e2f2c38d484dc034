import { CorpusError, UsageError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import type { Corpus } from '../corpora/corpus.js';
import { readCorpus, type CorpusOptions } from '../corpora/registry.js';
import { readCorpora, type CorpusPart } from '../corpora/several.js';
import { externalName, hopMsOf } from '../features/external/set.js';
import { refuseOtherWidth, widthOf } from '../features/external/utterance.js';
import { featureSetIds, featureSet, registerExternalSet } from '../features/sets/registry.js';

/** The features of a source, as in DataSource. */
interface WantedFeatures {
  readonly features?: string;
  readonly hopMs?: number;
}

/** Where the recordings are, as in DataSource. */
interface CorpusSource extends CorpusOptions, WantedFeatures {
  readonly corpus: string;
  readonly path: string;
  readonly corpora?: readonly CorpusPart[];
}

/**
 * The corpus of a source. If its features are external, its files say how many there are per frame: from here on
 * `featureSet` knows the set.
 *
 * @param wanted the features; default: those that the source names
 * @throws like readCorpus; CorpusError for external features that no manifest names; FileError, FormatError for
 *   the first file of them; UsageError for a hop that is not theirs
 */
export async function corpusOfSource(
  files: Files,
  source: CorpusSource,
  wanted: WantedFeatures = source,
): Promise<Corpus> {
  const { corpus: format, path, corpora } = source;
  const { features: id = '', hopMs } = wanted;
  const external = externalName(id) !== undefined;
  if (hopMs !== undefined && !external) {
    throw new UsageError(
      `a hop of ${hopMs} ms was given, but the features are computed here`,
      'It describes features from files: give it with external:NAME only.',
    );
  }
  const options = { ...source, featureFiles: external };
  const corpus = await (corpora
    ? readCorpora(files, corpora, options)
    : readCorpus(format, files, path, options));
  if (external) await learnShape(files, id, corpus, hopMs);
  return corpus;
}

async function learnShape(
  files: Files,
  id: string,
  { name, utterances }: Corpus,
  hopMs: number | undefined,
): Promise<void> {
  const without = utterances.find(({ features }) => features === undefined);
  const [{ features: first = '' } = {}] = utterances;
  if (without !== undefined) {
    throw new CorpusError(
      `the ${name} corpus names no file with ${id} features of ${without.path}`,
      'Give a manifest (--manifest) with a column features: a file for each recording.',
    );
  }
  const dimensions = await widthOf(files, first);
  if (!featureSetIds().includes(id)) {
    registerExternalSet(id, { dimensions, ...(hopMs !== undefined && { hopMs }) }, first);
    return;
  }
  const known = featureSet(id);
  refuseOtherWidth(first, dimensions, known);
  registerExternalSet(id, { dimensions, hopMs: hopMs ?? hopMsOf(known) }, first);
}
