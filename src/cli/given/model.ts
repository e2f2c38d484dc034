import { isNonCommercial } from '../../model/license.js';
import { readModel, type TrainedModel } from '../../model/folder.js';
import { modelTitle } from '../../model/voices.js';
import type { Cli } from '../cli.js';

/**
 * Reads a model that a command was given, and says so if it is not for commercial use.
 *
 * @throws as readModel
 */
export async function readGiven(cli: Cli, name: string): Promise<TrainedModel> {
  const trained = await readModel(cli.files, name);
  if (isNonCommercial(trained.license)) cli.log(`using ${modelTitle(name, trained)}`);
  return trained;
}
