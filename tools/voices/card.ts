import { markdownTable, yamlString } from '../../src/report/draw/markdown.js';
import { intendedUse } from '../../src/report/card/limits.js';
import { isNonCommercial, licenseText } from '../../src/model/license.js';
import { about } from './corpora.js';
import type { Calibration, Evaluation, Scores, Sure } from './measures.js';
import type { Recipe } from './recipes.js';

/** What of the model itself the card says. */
export interface ModelFacts {
  readonly parameters: number;
  readonly recordings: number;
  readonly speakers: number;
  readonly hours: number;
  readonly adapter: string;
}

const two = (x: number): string => x.toFixed(2);
const percent = (x: number): string => (Number.isNaN(x) ? '–' : `${Math.round(100 * x)}%`);

function scoreTable(first: string, table: Readonly<Record<string, Scores>>): string {
  return markdownTable(
    [first, 'speakers', 'recordings', 'one recording', 'ten', 'all'],
    Object.entries(table).map(([name, own]) => [
      name,
      String(own.speakers),
      String(own.recordings),
      ...[own.one, own.ten, own.all].map(two),
    ]),
  );
}

/** The card of a model that comes along: README.md in its folder. */
export function voiceCard(recipe: Recipe, evaluation: Evaluation, facts: ModelFacts): string {
  const { name, train, license, fit } = recipe;
  const { labels, speakers, corpora, gender, sounds, temperature, calibration, sure } = evaluation;
  const languages = [...new Set(train.flatMap((corpus) => about[corpus]?.languages ?? []))];
  const chance = two(1 / labels.length);
  const unseen = fit.length > 0 ? 'the model itself' : 'a model trained without the corpus';
  const parts = [
    [
      '---',
      `license: ${yamlString(license.toLowerCase())}`,
      ...(languages.length > 0 ? ['language:', ...languages.map((own) => `  - ${own}`)] : []),
      'library_name: alstm',
      'pipeline_tag: audio-classification',
      'tags:',
      ...['speech-emotion-recognition', 'webgpu', 'alstm'].map((tag) => `  - ${tag}`),
      '---',
    ].join('\n'),
    `# ${name}`,
    `Hears which emotion a voice was asked to play: ${labels.join(', ')}. An A-LSTM of ${facts.parameters.toLocaleString('en-GB')} ` +
      `parameters, trained on ${facts.recordings.toLocaleString('en-GB')} recordings (${facts.hours.toFixed(1)} h) of ${facts.speakers} ` +
      'speakers, whose features are normalised by speaker: it answers a first recording, and better once it knows about ten of a voice.',
    '## What it is not',
    'The people it learned from are actors who were asked to show one emotion clearly, mostly in a studio. Everyday speech is ' +
      'subtler, mixed and noisier: expect less than the tables say. A score is a share of the network’s output, calibrated on ' +
      'other acted speech; it is not how sure anyone can be of what a person feels. It does not understand words.',
    intendedUse,
    'In the EU, the AI Act forbids emotion recognition at work and in education, except for medical or safety reasons.',
    '## Terms',
    termsOf(license),
    markdownTable(
      ['corpus', 'what it is', 'terms', 'cite'],
      train.map((corpus) => {
        const own = about[corpus];
        return own ? [own.title, own.about, own.terms, own.citation] : [corpus, '', '', ''];
      }),
    ),
    '## How well',
    `UAR, the mean of the emotions' recalls; chance is ${chance}. *One recording*: nothing else is known of the speaker. *Ten*: it ` +
      'and nine more of the speaker’s recordings are at hand, mean of three draws. *All*: all of them.',
    `**Speakers it has not heard, of corpora it has** (five folds of speakers):`,
    scoreTable('corpus', speakers),
    `**Corpora it has not heard** (${unseen}); temperature and threshold were fitted on these:`,
    scoreTable('corpus', corpora.fit),
    ...(Object.keys(corpora.check).length === 0
      ? []
      : [
          '**Corpora that decided nothing**, looked at once (the calm of TurEV-DB counts as neutral):',
          scoreTable('corpus', corpora.check),
        ]),
    '**By gender**, over the corpora it has not heard:',
    scoreTable('gender', gender),
    '## Under other conditions',
    'The same recordings in a room (echo), with noise 10 to 20 dB below the voice, over a telephone line, at levels from −40 to 0 dB, ' +
      'and after MP3 at 32 kbit/s, all of a speaker’s alike. Speakers it has not heard, of its corpora:',
    scoreTable('sound', sounds.speakers),
    'Corpora it has not heard:',
    scoreTable('sound', sounds.fit),
    '## When it is sure',
    `Its probabilities are those at the temperature ${temperature.toFixed(2)}, fitted on the corpora it has not heard and built into the ` +
      'weights. Expected calibration error (ten bins; one and ten recordings at hand, every corpus counting alike):',
    markdownTable(
      ['speakers', 'before', 'after', 'one recording', 'ten'],
      calibrationRows([
        ['of its corpora', calibration.speakers],
        ['of corpora it has not heard', calibration.fit],
        ['of corpora that decided nothing', calibration.check],
      ]),
    ),
    `Below a probability of **${two(sure.fit.threshold)}** it says "not sure". *Coverage* is the share of answers at or above the threshold, ` +
      '*accuracy* how many of those are right:',
    markdownTable(
      ['speakers', 'coverage, one', 'accuracy, one', 'coverage, ten', 'accuracy, ten'],
      sureRows([
        ['of its corpora', sure.speakers],
        ['of corpora it has not heard', sure.fit],
        ['of corpora that decided nothing', sure.check],
      ]),
    ),
    'Other thresholds, on corpora it has not heard:',
    markdownTable(
      ['threshold', 'coverage, one', 'accuracy, one', 'coverage, ten', 'accuracy, ten'],
      sureRows(evaluation.thresholds.map((own) => [two(own.threshold), own])),
    ),
    '## How to run it, and make it again',
    `\`\`\`sh\nnpx alstm predict ${name} speech.wav\nnpx alstm predict ${name} ann/ --speaker ann     # ten or more of one speaker\n\`\`\``,
    `Made on ${facts.adapter}; on the same adapter and version the same command gives the same bits:`,
    `\`\`\`sh\nnpm run voices -- ${name} --corpora ${[...train, ...fit, ...recipe.check].map((own) => `${own}=DIR`).join(',')}\n\`\`\``,
  ];
  return `${parts.join('\n\n')}\n`;
}

function termsOf(license: string): string {
  if (license === 'MIT') return 'Free for any use, under this package’s MIT licence (LICENSE).';
  const named = `under ${licenseText(license)} (LICENSE)`;
  if (!isNonCommercial(license)) return `The model is published ${named}.`;
  return `**Non-commercial**: the model is published ${named}, because some of its corpora are.`;
}

function calibrationRows(
  rows: readonly (readonly [string, Calibration | undefined])[],
): (readonly string[])[] {
  return rows.flatMap(([name, own]) =>
    own ? [[name, ...[own.before, own.after, own.one, own.ten].map((x) => x.toFixed(3))]] : [],
  );
}

function sureRows(rows: readonly (readonly [string, Sure | undefined])[]): (readonly string[])[] {
  return rows.flatMap(([name, own]) =>
    own
      ? [
          [
            name,
            ...[own.one.coverage, own.one.accuracy, own.ten.coverage, own.ten.accuracy].map(
              percent,
            ),
          ],
        ]
      : [],
  );
}
