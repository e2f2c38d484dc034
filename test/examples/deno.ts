// deno run --allow-read --allow-write deno.ts speech.csv speech.wav runs/first
import process from 'node:process';
import { DenoFiles, loadTrainingData, openBrowserEngine, Predictor, train } from 'alstm/browser';

const [manifest = 'speech.csv', recording = 'speech.wav', out = 'runs/first'] =
  process.argv.slice(2);

const files = new DenoFiles();
const engine = await openBrowserEngine({ log: console.error });
try {
  const { model } = await train({
    engine,
    files,
    out,
    data: await loadTrainingData(files, { corpus: 'manifest', path: manifest, seed: 0 }),
    settings: {
      preset: 'alstm-1',
      model: { frontend: { units: 32 }, recurrent: { cell: 'a-lstm', units: 16 } },
      training: { epochs: 8, batch: 4, learningRate: 0.005 },
    },
  });
  const predictor = await Predictor.load(engine, files, model);
  const { tasks } = await predictor.predictFile(files, recording);
  console.log(JSON.stringify(tasks['emotion']));
  predictor.destroy();
} finally {
  engine.close();
}
