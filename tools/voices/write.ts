import { corpusOfSource } from '../../src/data/corpus-of-source.js';
import { joinPath } from '../../src/core/paths.js';
import type { Files } from '../../src/core/files.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { withTemperature } from '../../src/model/temperature.js';
import { parameterCount } from '../../src/network/parameters.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { voiceCard } from './card.js';
import { about, licenses } from './corpora.js';
import { confidenceOf, type Evaluation } from './measures.js';
import type { Recipe } from './recipes.js';

/** Writes a model's folder: weights in half precision at its temperature, its confidence, card and terms. */
export async function writeVoice(
  files: Files,
  recipe: Recipe,
  run: string,
  evaluation: Evaluation,
  folder: string,
): Promise<void> {
  const { data } = await readRunConfig(files, run);
  const trained = await readModel(files, run);
  const { temperature } = evaluation;
  if (data.source === undefined) throw new Error(`${run} does not name its corpora`);
  const { utterances } = await corpusOfSource(files, data.source);
  const recordings = utterances.length;
  const speakers = new Set(
    utterances.map(({ corpus, labels }) => `${corpus} ${labels['speaker']}`),
  );
  const { speeds = [], conditions = [] } = data.source;
  const copies = speeds.reduce((sum, speed) => sum + 1 / speed, 1 + conditions.length);
  const hours = data.training.seconds / copies / 3600;
  const corpora = recipe.train.map((corpus) => about[corpus]?.title ?? corpus).join(', ');
  const provenance = {
    ...trained.provenance,
    data: `acted speech of ${speakers.size} speakers (${corpora}; ${recordings} recordings)`,
  };
  const tempered = withTemperature(trained, 'emotion', temperature);
  const voice = {
    ...tempered,
    provenance,
    license: recipe.license,
    confidence: { emotion: confidenceOf(evaluation) },
  };
  await writeModel(files, folder, voice, { precision: 'f16' });
  const { adapter, driver, version } = trained.provenance;
  const facts = {
    parameters: parameterCount(trained.model),
    recordings,
    speakers: speakers.size,
    hours,
    adapter: `${adapter} (${driver}) by alstm ${version}`,
  };
  await files.write(joinPath(folder, 'README.md'), voiceCard(recipe, evaluation, facts));
  await files.write(joinPath(folder, 'LICENSE'), licenseOf(recipe));
}

function licenseOf({ name, license, train }: Recipe): string {
  const { title, text } = licenses[license] ?? {
    title: license,
    text: `The terms: https://spdx.org/licenses/${license}.html`,
  };
  const learned = train.flatMap((corpus) => {
    const own = about[corpus];
    return own ? [`- ${own.title}: ${own.citation.replaceAll('*', '')}`] : [];
  });
  const lines = [`The model ${name}: ${title}`, '', text, '', 'It was trained on:', '', ...learned];
  return `${lines.join('\n')}\n`;
}
