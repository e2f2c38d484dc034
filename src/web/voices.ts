/** The models that come with the page: folders below `voices/`, fetched when they are chosen. */
import type { LabelSets } from '../core/labels.js';
import { DEFAULT_VOICES } from '../model/voices.js';
import { get } from './get.js';

export interface ShippedVoices {
  readonly name: string;
  readonly labels: LabelSets;
  readonly license?: string;
}

/** The absolute address of a model's folder, or of a file in it. */
export function addressOf(name: string, file = ''): string {
  return new URL(`voices/${name}/${file}`, document.baseURI).href;
}

/**
 * What the build found, the default first.
 *
 * @throws FileError
 */
export async function shippedVoices(): Promise<readonly ShippedVoices[]> {
  const response = await get(new URL('voices/index.json', document.baseURI).href);
  const found = (await response.json()) as ShippedVoices[]; // of this page's own build
  const isDefault = ({ name }: ShippedVoices) => Number(name === DEFAULT_VOICES);
  return found.sort((a, b) => isDefault(b) - isDefault(a));
}

/**
 * The card of a model and the text of its licence.
 *
 * @throws FileError
 */
export async function cardOf(name: string): Promise<string> {
  const texts = ['README.md', 'LICENSE'].map(async (file) =>
    (await get(addressOf(name, file))).text(),
  );
  return (await Promise.all(texts)).join('\n\n');
}
