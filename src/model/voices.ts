import type { Files } from '../core/files.js';
import type { ConfidenceByTask } from './confidence.js';
import type { Provenance, TrainedModel } from './folder.js';
import { isNonCommercial, licenseText } from './license.js';

/**
 * The shipped model that is used where none is named: a folder of `voices/`.
 *
 * @example
 * const alstm = await open(DEFAULT_VOICES); // as open()
 */
export const DEFAULT_VOICES = 'voices-4';

/** The folder of the model that is used where none is named, whatever else is called so; undefined if none comes along. */
export async function defaultFolder(files: Files): Promise<string | undefined> {
  return (await files.shippedModels?.())?.get(DEFAULT_VOICES);
}

/** What the shipped models learned from: people speak otherwise when nobody asked them to. */
export const LEARNED_FROM = 'acted speech';

/** Terms of a model as its own configuration states them: `MIT`, `non-commercial: CC BY-NC-SA 4.0`. */
export function termsText(license: string | undefined): string {
  if (license === undefined) return 'no licence stated';
  return `${isNonCommercial(license) ? 'non-commercial: ' : ''}${licenseText(license)}`;
}

/**
 * A model in one line, such as `voices-4: anger, happiness, neutral, sadness (MIT)`, from what it says of itself.
 *
 * @param name what it was named by
 */
export function modelTitle(
  name: string,
  { labels, license }: Pick<TrainedModel, 'labels' | 'license'>,
): string {
  const answers = Object.values(labels).map((own) => own.join(', '));
  return `${name}: ${answers.join('; ')} (${termsText(license)})`;
}

/** What a model says of itself. */
export interface ModelInfo {
  /** What it was named by. */
  readonly name: string;
  /** In one line: name, labels, terms. */
  readonly title: string;
  /** `MIT`, `non-commercial: CC BY-NC-SA 4.0`, `no licence stated`. */
  readonly terms: string;
  readonly nonCommercial: boolean;
  readonly provenance: Provenance;
  /** By task: from which probability on it is sure, and how often it was right then. */
  readonly confidence?: ConfidenceByTask;
}

export function modelInfo(name: string, trained: TrainedModel): ModelInfo {
  const { license, provenance, confidence } = trained;
  return {
    name,
    title: modelTitle(name, trained),
    terms: termsText(license),
    nonCommercial: isNonCommercial(license),
    provenance,
    ...(confidence && { confidence }),
  };
}
