import { lastRecurrent } from '../../core/layers.js';
import { joinPath } from '../../core/paths.js';
import type { Cell } from '../../core/cells.js';
import { loadSamples } from '../../features/recording.js';
import type { Utterance } from '../../corpora/corpus.js';
import { readManifest } from '../../corpora/manifest.js';
import { makeDemoCorpus } from '../../demo/corpus.js';
import { loadSpeech } from '../../demo/speech.js';
import { Predictor } from '../../inference/predictor.js';
import { parameterCount } from '../../network/parameters.js';
import { envelope } from '../../report/draw/bins.js';
import type { ReportData, ReportModel, ReportPrediction } from '../../report/run/types.js';
import { loadTestData, loadTrainingData, type RunData } from '../../data/source.js';
import type { Dataset } from '../../data/dataset.js';
import { evaluate } from '../../scoring/evaluate.js';
import { refuseUsedFolder } from '../../runs/folder.js';
import { train } from '../../training/trainer.js';
import type { Cli } from '../cli.js';
import { scoreVoices } from './demo-voices.js';
import { scoresText } from './evaluate.js';
import { predictionText } from '../predict/text.js';
import { showTraining } from '../training-progress.js';
import { absolute } from '../options/values.js';

/** The two cells that the demo compares. */
const CELLS: readonly { readonly cell: Cell; readonly name: string }[] = [
  { cell: 'lstm', name: 'LSTM' },
  { cell: 'a-lstm', name: 'A-LSTM' },
];

/** Small enough for a software adapter: the network of the paper has 128 units and 256 before them. */
const UNITS = 16;

const FRONTEND_UNITS = 32;

const HEAD_HIDDEN = 32;

/** Less than the paper's 0.5, because 16 units are few. */
const DROPOUT = 0.2;

const EPOCHS = 14;

const SENTENCES = 4;

const SETTINGS = {
  batch: 8,
  learningRate: 0.005,
  epochs: EPOCHS,
  patience: EPOCHS,
} as const;

export async function demo(cli: Cli, given: string | undefined): Promise<void> {
  const out = given ?? (await newFolder(cli));
  await refuseUsedFolder(cli.files, out);
  const speech = await loadSpeech(); // before a device is opened: says what to install if it is missing
  const engine = await cli.engine();
  const speaking = cli.progressOf('speaking');
  const corpus = await makeDemoCorpus(cli.files, speech, joinPath(out, 'corpus'), {
    seed: cli.seed,
    sentences: SENTENCES,
    onRecording: speaking,
  });
  cli.log(
    `${corpus.training} recordings for training, ${corpus.test} of other speakers for testing`,
  );

  const source = { corpus: 'manifest', path: absolute(corpus.manifest), seed: cli.seed };
  const options = { cache: cli.cache, warn: cli.warn, workers: cli.workers() };
  const data = await loadTrainingData(cli.files, source, cli.forFeatures);
  const test = await loadTestData(cli.files, source, data.labels, options);
  const models: ReportModel[] = [];
  for (const { cell, name } of CELLS) models.push(await trainOne(cli, out, cell, name, data, test));
  const real = await scoreVoices(cli, source);
  if (real !== undefined) models.push(real);

  const { utterances } = await readManifest(cli.files, source.path);
  const prediction = await predictOne(cli, joinPath(out, 'a-lstm'), utterances);
  const report = joinPath(out, 'report.html');
  const { name: adapter } = engine.gpu.adapter;
  // Loaded only here: its plots would cost every other command a third of a second.
  const { renderReport } = await import('../../report/run/report.js');
  const page = renderReport({
    title: 'alstm demo: plain LSTM and A-LSTM on synthesised speech',
    created: new Date().toISOString().slice(0, 16).replace('T', ' '),
    adapter,
    data: sidesOf(utterances, data, test),
    models,
    prediction,
  });
  await cli.files.write(report, page);
  const summary = Object.fromEntries(models.map(({ name, test: scores }) => [name, scores]));
  cli.result({ out, report, models: summary }, () => [
    `models  ${joinPath(out, 'lstm/model')}, ${joinPath(out, 'a-lstm/model')}`,
    `report  ${report}`,
  ]);
}

/** The first alstm-demo-N that does not exist yet. */
async function newFolder(cli: Cli): Promise<string> {
  let n = 1;
  while (await cli.files.exists(`alstm-demo-${n}`)) n++;
  return `alstm-demo-${n}`;
}

async function trainOne(
  cli: Cli,
  out: string,
  cell: Cell,
  name: string,
  data: RunData,
  test: Dataset,
): Promise<ReportModel> {
  const engine = await cli.engine();
  const run = joinPath(out, cell);
  const result = await train({
    engine,
    files: cli.files,
    out: run,
    data,
    seed: cli.seed,
    settings: {
      preset: 'alstm-1', // the paper's network, which the demo is about
      model: {
        dropout: DROPOUT,
        frontend: { units: FRONTEND_UNITS },
        recurrent: { cell, units: UNITS },
        heads: Object.keys(data.labels).map((task) => ({ task, hidden: HEAD_HIDDEN })),
      },
      training: SETTINGS,
    },
    onProgress: showTraining(cli, name),
  });
  cli.stopProgress();
  const predictor = await Predictor.load(engine, cli.files, run, cli.withRecovery);
  try {
    const scores = await evaluate(predictor, test);
    if (!cli.json) cli.print(`${name} on unseen speakers`, ...scoresText(scores), '');
    const recurrent = lastRecurrent(predictor.model);
    return {
      name,
      settings: {
        cell: recurrent.cell,
        'units per direction': recurrent.units,
        'input layer units': FRONTEND_UNITS,
        epochs: result.log.length,
        'learning rate': SETTINGS.learningRate,
      },
      parameters: parameterCount(predictor.model),
      log: result.log,
      test: scores,
    };
  } finally {
    predictor.destroy();
  }
}

/** The A-LSTM's prediction for the first test recording. */
async function predictOne(
  cli: Cli,
  run: string,
  utterances: readonly Utterance[],
): Promise<ReportPrediction> {
  const chosen = utterances.find(({ split }) => split === 'test');
  if (!chosen) throw new Error('the demo corpus has no test side');
  const predictor = await Predictor.load(await cli.engine(), cli.files, run, cli.withRecovery);
  try {
    const found = await predictor.predictFile(cli.files, chosen.path, { cache: cli.cache });
    if (!cli.json) cli.print(...predictionText(chosen.path, found));
    const { samples } = await loadSamples(cli.files, chosen.path);
    const { emotion: truth } = chosen.labels;
    return {
      path: chosen.path,
      model: 'A-LSTM',
      ...(truth !== undefined && { truth }),
      scores: found.tasks['emotion']?.scores ?? {},
      attention: [...found.attention],
      envelope: envelope(samples),
      seconds: found.seconds,
    };
  } finally {
    predictor.destroy();
  }
}

/** What the report shows of each side: utterances, length, speakers, emotions. */
function sidesOf(utterances: readonly Utterance[], data: RunData, test: Dataset): ReportData[] {
  const { emotion: labels = [] } = data.labels;
  return (
    [
      ['training', data.training],
      ['validation', data.validation],
      ['test', test],
    ] as const
  ).map(([name, side]) => {
    const recordings = new Set(side.paths);
    const own = utterances.filter(({ path: recording }) => recordings.has(recording));
    return {
      name,
      utterances: side.lengths.length,
      seconds: side.seconds,
      speakers: new Set(own.map(({ labels: { speaker } }) => speaker)).size,
      labels: Object.fromEntries(
        labels.map((label, index) => [
          label,
          side.targets['emotion']?.filter((target) => target === index).length ?? 0,
        ]),
      ),
    };
  });
}
