/** Experiments whose features are normalised by speaker with a prior. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadExperimentData } from '../../src/experiments/experiment-data.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { readResult } from '../../src/experiments/result.js';
import { runExperiment } from '../../src/experiments/run-experiment.js';
import { featuresOfFile } from '../../src/features/utterance.js';
import type { Engine } from '../../src/gpu/engine.js';
import { Predictor } from '../../src/inference/predictor.js';
import { readModel } from '../../src/model/folder.js';
import { openEngine } from '../../src/platform/node/engine.js';
import { readRunConfig } from '../../src/runs/folder.js';
import { corpusFiles } from '../data/corpus-files.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ adapter: testAdapter() });
}, 60_000);
afterAll(() => engine.close());

const network = { frontend: { units: 4 }, recurrent: { cell: 'lstm', units: 4 } };
const protocolWith = (kappa: number | undefined) =>
  parseProtocol(
    {
      format: 'alstm-protocol-1',
      name: 'by speaker',
      corpus: { format: 'manifest' },
      split: { kind: 'speakers', test: ['cid'] },
      normalise: 'speaker',
      settings: {
        ...(kappa !== undefined && { features: { kappa } }),
        model: network,
        training: { epochs: 1, batch: 4 },
      },
      heads: { hidden: 0 },
      cells: [
        { name: 'plain' },
        {
          name: 'branch',
          settings: { model: { functionals: { units: 4, scope: 'functionals' } } },
        },
        { name: 'strong', settings: { features: { kappa: 9 } } },
      ],
      seeds: [0],
    },
    'p.json',
  );

async function run(kappa: number | undefined): Promise<MemoryFiles> {
  const files = new MemoryFiles(corpusFiles(6));
  const protocol = protocolWith(kappa);
  const data = await loadExperimentData(files, protocol, 'manifest.csv', {});
  const told = await runExperiment({
    engine: () => Promise.resolve(engine),
    reopen: () => Promise.resolve(engine),
    ...{ files, out: 'e', protocol, data },
  });
  expect(told).toMatchObject({ done: 3, failed: [] });
  return files;
}
const folder = (cell: string) => `e/runs/${cell}/cid/seed-0`;

it('tests on all recordings of the test speaker with the prior of the training speakers', async () => {
  const files = await run(2);
  const paths = [0, 1, 2, 3, 4, 5].map((i) => `cid-${i}.wav`);
  const raw = await Promise.all(paths.map((path) => featuresOfFile(files, path)));
  for (const [cell, kappa] of [
    ['plain', 2],
    ['branch', 2],
    ['strong', 9],
  ] as const) {
    const trained = await readModel(files, folder(cell));
    expect(trained.normalisation).toMatchObject({ scope: 'speaker', prior: { kappa } });
    const prior = trained.normalisation?.scope === 'speaker' && trained.normalisation.prior;
    expect(prior && prior.functionals !== undefined).toBe(cell === 'branch');
    expect((await readRunConfig(files, folder(cell))).data.source).toMatchObject({ kappa });
    const predictor = new Predictor(engine, trained);
    const expected = await predictor.predictFeatures(
      raw.map(({ features }) => features),
      { speakers: raw.map(() => 'cid') },
    );
    predictor.destroy();
    const result = await readResult(files, folder(cell));
    expect(result?.predictions.map(({ path }) => path)).toEqual(paths.map((path) => `../${path}`));
    result?.predictions.forEach(({ scores }, i) => {
      const wanted = Object.values(expected[i]?.tasks['emotion']?.scores ?? {});
      scores.forEach((score, c) => expect(score).toBeCloseTo(wanted[c] ?? NaN, 6));
    });
  }
});

it('has no prior where a protocol of an earlier version says only by speaker', async () => {
  const files = await run(undefined);
  expect((await readModel(files, folder('plain'))).normalisation).toEqual({ scope: 'speaker' });
  expect((await readRunConfig(files, folder('plain'))).data.source).not.toHaveProperty('kappa');
});
