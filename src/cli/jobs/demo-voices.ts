import { lastRecurrent } from '../../core/layers.js';
import { loadTestData, type DataSource } from '../../data/source.js';
import { Predictor } from '../../inference/predictor.js';
import { readModel } from '../../model/folder.js';
import { DEFAULT_VOICES, defaultFolder, LEARNED_FROM, termsText } from '../../model/voices.js';
import { parameterCount } from '../../network/parameters.js';
import type { ReportModel } from '../../report/run/types.js';
import { evaluate } from '../../scoring/evaluate.js';
import type { Cli } from '../cli.js';
import { scoresText } from './evaluate.js';

/**
 * Scores of the default model of real voices on the demo's test recordings; undefined if none comes along.
 *
 * @param source the demo's corpus
 */
export async function scoreVoices(cli: Cli, source: DataSource): Promise<ReportModel | undefined> {
  const folder = await defaultFolder(cli.files);
  if (folder === undefined) return undefined;
  const trained = await readModel(cli.files, folder);
  const predictor = new Predictor(await cli.engine(), trained, cli.withRecovery);
  try {
    const { featureSet, trimDb, normalisation, labels, model } = predictor;
    const test = await loadTestData(cli.files, source, labels, {
      ...{ featureSet, trimDb, normalisation, ...cli.forFeatures },
    });
    const scores = await evaluate(predictor, test);
    const terms = termsText(trained.license);
    const origin =
      `${DEFAULT_VOICES} was not trained here. It comes with alstm (${terms}) and learned from ${LEARNED_FROM}, ` +
      'not from the synthesised speech of these recordings: its scores here do not tell how well it knows people.';
    if (!cli.json) cli.print(`${DEFAULT_VOICES} on the same recordings`, ...scoresText(scores), '');
    cli.log(origin);
    const { cell, units } = lastRecurrent(model);
    return {
      name: DEFAULT_VOICES,
      settings: { cell, 'units per direction': units, 'learned from': LEARNED_FROM, terms },
      parameters: parameterCount(model),
      log: [],
      test: scores,
      origin,
    };
  } finally {
    predictor.destroy();
  }
}
