/** Git LFS pointers in place of recordings, tables and models: a clone without `git lfs pull`. */
import { beforeAll, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { writeModel } from '../../src/model/folder.js';
import { adapterArgs, alstmHere, errorOf, jsonLines } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';

const at = scratchFolder();
const pointer =
  'version https://git-lfs.github.com/spec/v1\n' +
  'oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 52124\n';
const files = new MemoryFiles({
  ...Object.fromEntries(
    ['03a01Wa', '03a02Wa', '08a01Wa', '08a02Wa'].map((name) => [`/none/${name}.wav`, pointer]),
  ),
  '/some/03a01Fa.wav': pointer,
  '/some/08a01Wa.wav': encodeWav(
    Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i / 9)),
    16_000,
  ),
  '/m.csv': pointer,
  '/config.json': pointer,
  '/nemo/data.tsv': pointer,
  '/packed.zip': pointer,
});
const here = (...args: string[]) => alstmHere(args, { files, cache: at('cache') });

beforeAll(async () => {
  await writeModel(files, '/model', tinyModel());
  await writeModel(files, '/weights', tinyModel());
  await files.write('/weights/model.safetensors', pointer);
});

test('a corpus of nothing else is no success', async () => {
  const ended = await here('corpus', 'emodb', '/none');
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
  const { message, hint } = errorOf(ended);
  expect(message).toMatch(/^none of the 4 recordings of the emodb corpus can be used .*pointer/i);
  expect(hint).toContain('git lfs pull');
  const asJson = await here('corpus', 'emodb', '/none', '--json');
  expect(asJson.status).toBe(1);
  expect(jsonLines(asJson)).toMatchObject([{ utterances: 0, skipped: [{}, {}, {}, {}] }]);
});

test('among recordings they are skipped, with that reason', async () => {
  const ended = await here('corpus', 'emodb', '/some', '--json');
  expect(ended.status).toBe(0);
  const [{ utterances, skipped }] = jsonLines(ended) as [
    { utterances: number; skipped: { path: string; reason: string }[] },
  ];
  expect(utterances).toBe(1);
  expect(skipped.map(({ path }) => path)).toEqual(['/some/03a01Fa.wav']);
  expect(skipped[0]?.reason).toContain('git lfs pull');
});

test.each([
  [['corpus', 'manifest', '/m.csv']],
  [['corpus', 'nemo', '/nemo']],
  [['features', '/none/03a01Wa.wav', '--out', '/out']],
  [['graph', '--config', '/config.json']],
  [['predict', '/weights', '/some/08a01Wa.wav']],
  [['predict', '/packed.zip', '/some/08a01Wa.wav']],
  [['predict', '/model', '/none/03a01Wa.wav', ...adapterArgs()]],
  [['evaluate', '/model', '--corpus', 'emodb', '--data', '/none', ...adapterArgs()]],
  [['train', '--corpus', 'emodb', '--data', '/none', '--out', '/run', ...adapterArgs()]],
  [['experiment', '--corpus', 'emodb', '--data', '/none', '--out', '/exp', ...adapterArgs()]],
])('%j says to fetch the file', async (args) => {
  const ended = await here(...args);
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toMatch(/Git LFS pointer/);
  expect(errorOf(ended).hint).toContain('git lfs pull');
});
