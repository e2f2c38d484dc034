import { MOST_JSON_BYTES } from '../core/json-file.js';
import { joinPath } from '../core/paths.js';

/** Files of a model folder. */
export const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
/** The model folder within a run folder. */
export const MODEL_OF_RUN = 'model';
/** Prefix of the format of a run's configuration, which has the same file name as a model's. */
export const RUN_FORMATS = 'alstm-run-';

/** Most bytes of a model's weights, and of an archive of a model, whatever its configuration. */
export const MOST_BYTES = 2 ** 30;
/** Most bytes of a configuration. */
export const MOST_CONFIG_BYTES = MOST_JSON_BYTES;

/** The two files of a model, wherever they are. */
export interface ModelSource {
  /** Names of the files, for errors. */
  readonly names: { readonly config: string; readonly weights: string };
  readonly config: () => Promise<Uint8Array>;
  /** @param most maximum bytes, by the configuration */
  readonly weights: (most: number) => Promise<Uint8Array>;
}

/** Where the model of a run is. */
export function modelFolderOf(run: string): string {
  return joinPath(run, MODEL_OF_RUN);
}
