import { type TrainedModel, writeModel } from '../../src/model/folder.js';
import { MemoryFiles } from '../support/memory-files.js';
import type { Entries } from './archives.js';

export interface ModelEntries {
  readonly config: Uint8Array;
  readonly weights: Uint8Array;
  /** The two files of the model below a folder (`''` or `NAME/`), behind a README. */
  readonly entries: (folder?: string) => Entries;
}

/** What an archive or a server of a model has. */
export async function modelEntries(trained: TrainedModel): Promise<ModelEntries> {
  const files = new MemoryFiles();
  await writeModel(files, 'm', trained);
  const config = await files.read('m/config.json');
  const weights = await files.read('m/model.safetensors');
  const entries = (folder = ''): Entries => [
    [`${folder}README.md`, new TextEncoder().encode('# A model')],
    [`${folder}config.json`, config],
    [`${folder}model.safetensors`, weights],
  ];
  return { config, weights, entries };
}
