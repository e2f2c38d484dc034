import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { joinPath } from '../../src/core/paths.js';
import { writeModel, type TrainedModel } from '../../src/model/folder.js';
import { MemoryFiles } from './memory-files.js';

const VOICES = 'src/voices';

/** Folders of the models that come along, by name: of src/voices/, or none where it is absent. */
export const shippedModels: ReadonlyMap<string, string> = new Map(
  names().map((name) => [name, join(VOICES, name)]),
);

function names(): string[] {
  try {
    const entries = readdirSync(VOICES, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Files in memory with models that come along, in a folder that no path of a test leads to. */
export class FilesWithModels extends MemoryFiles {
  readonly #shipped = new Map<string, string>();

  async ship(name: string, trained: TrainedModel): Promise<void> {
    const folder = joinPath('package/voices', name);
    await writeModel(this, folder, trained);
    this.#shipped.set(name, folder);
  }

  shippedModels(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#shipped);
  }
}
