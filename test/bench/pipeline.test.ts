import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { projected, timePipeline, type PipelineTiming } from '../../src/bench/pipeline.js';
import { madeUpRecordings } from '../../src/bench/recordings.js';
import { Engine } from '../../src/gpu/engine.js';
import { writeModel } from '../../src/model/folder.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { adapterArgs, alstmHere } from '../cli/run-cli.js';
import { tinyModel } from '../model/tiny-model.js';
import { testGpu } from '../support/gpu.js';
import { temporaryFolder } from '../support/process.js';

const flac = resolve('test/audio/fixtures/mono_24k.flac');

test('every stage of every format is timed', async () => {
  const engine = new Engine(await testGpu(), nodeShaders);
  const files = [
    ...madeUpRecordings(0).slice(0, 1),
    { name: flac, bytes: new Uint8Array(readFileSync(flac)) },
  ];
  const notes: string[] = [];
  const found = await timePipeline(engine, tinyModel(), files, {
    seconds: 0,
    onProgress: (done, total, note) => notes.push(`${done}/${total} ${note}`),
  });
  expect(found.map(({ format, recordings, rates }) => [format, recordings, rates])).toEqual([
    ['WAV', 1, [24_000]],
    ['FLAC', 1, [24_000]],
  ]);
  for (const { audioSeconds, stages } of found) {
    expect(stages.map(({ stage }) => stage)).toEqual([
      ...['decode', 'resample', 'features on the CPU', 'features on the GPU', 'network'],
      'features and network on the GPU',
    ]);
    for (const { ms, hoursPerSecond } of stages) {
      expect(hoursPerSecond).toBeCloseTo(audioSeconds / 3.6 / ms, 6);
    }
  }
  expect(notes.at(-1)).toBe('12/12 FLAC: features and network on the GPU');
});

const timing = (speeds: Partial<Record<string, number>>): PipelineTiming => ({
  ...{ format: 'WAV', recordings: 1, audioSeconds: 3600, rates: [16_000] },
  stages: Object.entries(speeds).map(([stage, hoursPerSecond = NaN]) => ({
    ...{ stage: stage as PipelineTiming['stages'][number]['stage'], hoursPerSecond },
    ms: 1000 / hoursPerSecond,
  })),
});

test('a projection adds the threads up and takes the slower side', () => {
  const one = {
    ...{ decode: 2, resample: 2, 'features on the CPU': 0.5, network: 4 },
    'features and network on the GPU': 3,
  };
  expect(projected(timing(one), 1)).toEqual([
    ...[{ features: 'cpu', threads: 1 / 3, device: 4, hoursPerSecond: 1 / 3 }].map((own) => ({
      ...own,
      stage: 'features on the CPU',
    })),
    { features: 'gpu', threads: 1, device: 3, hoursPerSecond: 1, stage: 'decode' },
  ]);
  expect(projected(timing(one), 16)).toMatchObject([
    { hoursPerSecond: 4, stage: 'network' },
    { hoursPerSecond: 3, stage: 'features and network on the GPU' },
  ]);
  // at the rate of the features nothing is resampled; without kernels there is one way
  expect(projected(timing({ decode: 2, 'features on the CPU': 2, network: 9 }), 2)).toMatchObject([
    { threads: 2, stage: 'decode' },
  ]);
});

test('the command prints a table, and writes what it measured', async () => {
  const folder = await temporaryFolder();
  await writeModel(new NodeFiles(), `${folder}/model`, tinyModel());
  const { status, stdout } = await alstmHere([
    ...['bench', 'pipeline', flac, '--model', `${folder}/model`, '--seconds', '0.01'],
    ...['--cores', '4', '--out', `${folder}/results`, ...adapterArgs()],
  ]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^FLAC of 24 kHz: 1 recordings/);
  expect(stdout).toMatch(/projection for 4 cores, features on the CPU: .* h\/s, bound by: /);
  const [name = ''] = await new NodeFiles().list(`${folder}/results`);
  const written = JSON.parse(readFileSync(`${folder}/results/${name}/pipeline.json`, 'utf8')) as {
    results: { format: string; projection: { cores: number } }[];
  };
  expect(written.results).toMatchObject([{ format: 'FLAC', projection: { cores: 4 } }]);
});
