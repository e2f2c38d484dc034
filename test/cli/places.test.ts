import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { parseCsv } from '../../src/core/csv.js';
import { readText } from '../../src/core/files.js';
import { writeModel } from '../../src/model/folder.js';
import { tarGzOf } from '../model/archives.js';
import { modelEntries } from '../model/model-entries.js';
import { tinyModel } from '../model/tiny-model.js';
import { corpusFiles } from '../data/corpus-files.js';
import { readEvents } from '../runs/tfrecord.js';
import { MemoryFiles } from '../support/memory-files.js';
import { adapterArgs, alstmHere, errorOf, jsonLines } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const files = new MemoryFiles();

const here = (...args: string[]) =>
  alstmHere([...args, '--json', ...adapterArgs()], { files, cache: at('cache') });

beforeAll(async () => {
  await writeModel(files, 'm', tinyModel());
  const { entries } = await modelEntries(tinyModel());
  await files.write('m.tar.gz', tarGzOf(entries()));
  const samples = Float32Array.from(
    { length: 8000 },
    (_, i) => Math.sin(i / 9) * Math.sin(i / 900),
  );
  await files.write('a.wav', encodeWav(samples, 16_000));
  for (const [name, content] of Object.entries(corpusFiles(12))) {
    await files.write(resolve('corpus', name), content); // the command takes it from the root
  }
});

/** Serves the files until the test ends; returns its address. */
async function serveFiles(): Promise<string> {
  const server = createServer((request, response) => {
    files.read(request.url?.slice(1) ?? '').then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('predict and evaluate take a model from a folder, an archive and a URL alike', async () => {
  const url = `${await serveFiles()}/m`;
  const [folder, ...others] = await Promise.all(
    ['m', 'm.tar.gz', url].map((model) => here('predict', model, 'a.wav')),
  );
  expect(folder?.status).toBe(0);
  for (const other of others) expect(jsonLines(other)).toEqual(jsonLines(folder!));
  const scores = await here('evaluate', 'm.tar.gz', '--manifest', 'corpus/manifest.csv');
  expect(scores.status).toBe(0);
  const again = await here('evaluate', url, '--manifest', 'corpus/manifest.csv');
  expect(jsonLines(again)).toEqual(jsonLines(scores));
  const none = await here('predict', `${url}.zip`, 'a.wav');
  expect(none.status).toBe(1);
  expect(errorOf(none).message).toBe(`cannot read ${url}.zip: there is no such file`);
});

const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--frontend-units',
  '4',
  '--head-hidden',
  '4',
  '--epochs',
  '1',
];
const train = (...more: string[]) =>
  here('train', '--out', 'run', '--manifest', 'corpus/manifest.csv', ...tiny, ...more);

test('train writes the logs that --log-format lists, and goes on with them', async () => {
  const wrong = await train('--log-format', 'csv,xml');
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('Allowed choices are jsonl, csv, tensorboard.');
  const trained = await train('--log-format', 'csv,tensorboard');
  expect(trained.status).toBe(0);
  const logs = files.paths().filter((path) => /^run\/(log|events)/.test(path));
  expect(logs).toEqual([
    expect.stringMatching(/^run\/events\.out\.tfevents\.\d+\.alstm$/),
    'run/log.csv',
    'run/log.jsonl',
  ]);
  expect(readEvents(await files.read(logs[0] ?? ''))).toHaveLength(2);
  const csv = await readText(files, 'run/log.csv');
  expect(parseCsv(csv, 'log.csv')).toHaveLength(2);
  await files.write('run/log.csv', 'other');
  const other = await here('train', '--resume', '--out', 'run', '--log-format', 'csv');
  expect(other.status).toBe(2);
  expect((await here('train', '--resume', '--out', 'run')).status).toBe(0);
  expect(await readText(files, 'run/log.csv')).toBe(csv);
  // A run folder by its URL is the model of the run.
  const byUrl = await here('predict', `${await serveFiles()}/run`, 'a.wav');
  expect(jsonLines(byUrl)).toEqual(jsonLines(await here('predict', 'run', 'a.wav')));
  expect(jsonLines(byUrl)).toHaveLength(1);
});
