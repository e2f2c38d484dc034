import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { corpusFiles } from '../data/corpus-files.js';
import { externalFiles } from '../data/external-files.js';
import { adapterArgs, alstm, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(6));
  await writeFiles(at('external'), externalFiles(6));
});

const common = () => ['--cache', at('cache'), ...adapterArgs()];
const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--input-units',
  '4',
  '--head-hidden',
  '4',
  '--batch',
  '2',
];
const few = [...tiny, '--epochs', '1'];

test('features of any set are written; --features is the old name of --set', async () => {
  const wav = at('corpus', 'ann-0.wav');
  for (const [flag, set, width] of [
    ['--set', 'voice56', 56],
    ['--features', 'logmel40', 40],
    ['--set', 'voice20+delta', 40],
  ] as const) {
    const ended = await alstm(['features', flag, set, wav, '--out', at(set), ...common()]);
    expect(ended.status).toBe(0);
    const { tensors, metadata } = readSafetensors(await readFile(at(set, 'ann-0.safetensors')));
    expect(tensors.get('features')?.shape[1]).toBe(width);
    expect(metadata['set']).toBe(set);
    expect(metadata['names']?.split(',')).toHaveLength(width);
  }
});

test('an unknown set is refused with the known ones, an external one with why', async () => {
  const unknown = await alstm(['features', '--set', 'voice99', 'x.wav', '--out', at('x')]);
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toContain(
    'known are prosody36, voice20, voice56, logmel40 (each also with +delta) and external:NAME',
  );
  const external = await alstm(['features', '--set', 'external:x', 'x.wav', '--out', at('x')]);
  expect(external.status).toBe(2);
  expect(external.stderr).toContain('external:x features are not computed here');
  const graph = await alstm(['graph', '--features', 'external:x']);
  expect(graph.status).toBe(1);
  expect(graph.stderr).toContain('features.set is "external:x", whose number of features');
  const wide = await alstm(['graph', '--features', 'voice56+delta', '--json', ...tiny]);
  expect(wide.status).toBe(0);
});

test('voice20 is trained on, evaluated and verified', async () => {
  const data = ['--manifest', at('corpus', 'manifest.csv'), '--features', 'voice20'];
  const trained = await alstm(['train', ...data, '--out', at('run'), ...few, ...common()]);
  expect(trained.status).toBe(0);
  const evaluated = await alstm(['evaluate', at('run'), '--json', ...common()]);
  expect(jsonLines(evaluated)).toMatchObject([{ utterances: 6 }]);
  const fixtures = ['set_voice56', 'one_frame'].map(
    (name) => `test/fixtures/voice/${name}.safetensors`,
  );
  const verified = await alstm(['verify', ...fixtures, '--json', ...adapterArgs()]);
  expect(jsonLines(verified)).toMatchObject([{ ok: true }, { ok: true }]);
});

test('external features are trained on, evaluated, predicted from and compared', async () => {
  const manifest = at('external', 'manifest.csv');
  const data = ['--manifest', manifest, '--features', 'external:toy'];
  const run = at('external-run');
  const hop = ['--hop-ms', '20'];
  const trained = await alstm(['train', ...data, ...hop, '--out', run, ...few, ...common()]);
  expect(trained.stderr).not.toContain('skipped');
  expect(trained.status).toBe(0);
  expect((await alstm(['train', '--resume', '--out', run, ...common()])).status).toBe(0);

  for (const more of [[], ['--manifest', manifest]]) {
    const evaluated = await alstm(['evaluate', run, ...more, '--json', ...common()]);
    expect(jsonLines(evaluated)).toMatchObject([{ utterances: 6, labels: ['anger', 'sadness'] }]);
  }

  await writeFiles(at('given'), { 'a/bad.npy': 'nothing', ...externalFiles(3) });
  const predicted = await alstm(['predict', run, at('given'), '--json', ...common()]);
  expect(predicted.status).toBe(1); // for bad.npy and manifest.csv
  const lines = jsonLines(predicted) as { path: string; error?: string; seconds?: number }[];
  expect(lines.filter(({ error }) => error === undefined)).toHaveLength(9);
  const bad = lines.find(({ path }) => path.endsWith('bad.npy'));
  expect(bad?.error).toContain('bad.npy: not a .npy file');

  const out = at('experiment');
  const cells = ['--cells', 'lstm', '--seeds', '0', '--split', 'leave-one-speaker-out'];
  const compared = await alstm([
    'experiment',
    ...data,
    ...hop,
    ...cells,
    ...few,
    '--out',
    out,
    ...common(),
  ]);
  expect(compared.status).toBe(0);
  const summary = JSON.parse(await readFile(`${out}/summary.json`, 'utf8')) as object;
  expect(JSON.stringify(summary)).toContain('lstm');
});
