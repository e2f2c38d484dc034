/**
 * Trains the small model of the web page on the demo's synthetic speech, and
 * writes it to src/web/model/. Needs dist/ (`npm run build`) and the development package espeak-ng:
 *
 *   node tools/web-model.mjs [WORK]     WORK: a folder for corpus and run (default: one in .cache/)
 */
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const {
  NodeFiles,
  openEngine,
  loadTrainingData,
  loadTestData,
  train,
  evaluate,
  Predictor,
  readModel,
  writeModel,
} = await import('../dist/index.js');
const { makeDemoCorpus } = await import('../dist/demo/corpus.js');
const { loadSpeech } = await import('../dist/demo/speech.js');

/** Chosen so that the model is well under 100 kB and a step is fast on a software adapter. */
const SEED = 1;
const SENTENCES = 12;
const EPOCHS = 24;
const settings = {
  model: {
    dropout: 0.4,
    frontend: { units: 32 },
    recurrent: { cell: 'a-lstm', units: 16 },
    heads: [{ task: 'emotion', hidden: 32 }],
  },
  training: {
    batch: 8,
    learningRate: 0.004,
    epochs: EPOCHS,
    patience: 12,
    schedule: { name: 'cosine' },
  },
};

const files = new NodeFiles();
const work = process.argv[2] ?? `${root}.cache/web-model`;
const speech = await loadSpeech();
const engine = await openEngine();
try {
  const { manifest } = await makeDemoCorpus(files, speech, `${work}/corpus`, {
    seed: SEED,
    sentences: SENTENCES,
  });
  const source = { corpus: 'manifest', path: manifest, seed: SEED };
  const data = await loadTrainingData(files, source);
  const { model } = await train({
    engine,
    files,
    out: `${work}/run`,
    data,
    seed: SEED,
    settings,
    onProgress: (at) => {
      if (at.kind !== 'epoch') return;
      const { epoch, train: own, validation, best } = at.log;
      const scores = `loss ${own.total.toFixed(3)}, validation ${validation.accuracy.toFixed(3)}`;
      process.stderr.write(`epoch ${epoch}: ${scores}${best ? ' *' : ''}\n`);
    },
  });
  const predictor = await Predictor.load(engine, files, model);
  const scores = await evaluate(predictor, await loadTestData(files, source, data.labels));
  predictor.destroy();
  process.stderr.write(`two unseen speakers: ${JSON.stringify(scores)}\n`);
  const trained = await readModel(files, model);
  const provenance = {
    ...trained.provenance,
    data: `synthetic speech of espeak-ng (${data.training.lengths.length} recordings, 8 voices, 4 acted emotions), ${Math.round(100 * scores.accuracy)} % right on 2 voices never heard`,
  };
  await writeModel(files, `${root}src/web/model`, { ...trained, provenance });
} finally {
  engine.close();
}
