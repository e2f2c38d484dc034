import { joinPath } from '../core/paths.js';

/** Of a model folder. */
export const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
/** Of a run folder, the model folder in it. */
export const MODEL_OF_RUN = 'model';
/** What the format of a run's own configuration begins with: it has the name of a model's. */
export const RUN_FORMATS = 'alstm-run-';

/** Most bytes of a model's file from an archive or the network, whatever its configuration says. */
export const MOST_BYTES = 2 ** 30;
/** Most bytes of a configuration from there. */
export const MOST_CONFIG_BYTES = 2 ** 24;

/** The two files of a model, wherever they are. */
export interface ModelSource {
  /** What the files are, for errors. */
  readonly names: { readonly config: string; readonly weights: string };
  readonly config: () => Promise<Uint8Array>;
  /** @param most bytes that the configuration justifies; files on disk may have more */
  readonly weights: (most: number) => Promise<Uint8Array>;
}

/** Where the model of a run is. */
export function modelFolderOf(run: string): string {
  return joinPath(run, MODEL_OF_RUN);
}
