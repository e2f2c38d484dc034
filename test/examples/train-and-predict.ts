import {
  evaluate,
  loadTestData,
  loadTrainingData,
  NodeFiles,
  openEngine,
  Predictor,
  train,
} from 'alstm';

/**
 * Trains on the recordings of a manifest (a CSV with the columns path, emotion, speaker, gender,
 * split), scores the model on its test side, and predicts one recording.
 */
export async function trainAndPredict(manifest: string, recording: string, out: string) {
  const files = new NodeFiles();
  const engine = await openEngine(); // a GPU, or the best software adapter there is
  try {
    const source = { corpus: 'manifest', path: manifest, seed: 0 };
    const { log, model } = await train({
      engine,
      files,
      out,
      data: await loadTrainingData(files, source),
      settings: {
        preset: 'alstm-1',
        model: { frontend: { units: 32 }, recurrent: { cell: 'a-lstm', units: 16 } },
        training: { epochs: 8, batch: 4, learningRate: 0.005 },
      },
    });

    const predictor = await Predictor.load(engine, files, model);
    const test = await loadTestData(files, source, predictor.labels);
    const { accuracy, maf } = await evaluate(predictor, test);
    const { tasks, attention } = await predictor.predictFile(files, recording);
    predictor.destroy();
    return { epochs: log.length, accuracy, maf, emotion: tasks['emotion'], attention };
  } finally {
    engine.close(); // or the process may not end
  }
}
