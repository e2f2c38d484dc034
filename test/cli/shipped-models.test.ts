/** Models that come along: `predict` without a model, and their names wherever a model is taken. */
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { readText } from '../../src/core/files.js';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';
import { FilesWithModels, shippedModels } from '../support/shipped-models.js';
import { adapterArgs, alstmHere, errorOf, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const files = new FilesWithModels();
const license = 'CC-BY-NC-SA-4.0';
const terms = 'non-commercial: CC BY-NC-SA 4.0';

const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 9) * Math.sin(i / 900));
const wav = encodeWav(tone, 16_000);

const here = (...args: string[]) =>
  alstmHere([...args, ...adapterArgs()], { files, cache: at('cache') });

/** The scores of each recording. */
interface Line {
  readonly path: string;
  readonly emotion: { readonly label: string; readonly scores: Record<string, number> };
  readonly sure?: Record<string, boolean>;
}
const linesOf = async (...args: string[]): Promise<Line[]> => {
  const ended = await here('predict', '--json', ...args);
  expect(ended).toMatchObject({ status: 0 });
  return jsonLines(ended) as Line[];
};

const threshold = (of: number) => ({ emotion: { threshold: of, measured: [] } });

beforeAll(async () => {
  await files.ship('voices-4', { ...tinyModel(1), license: 'MIT', confidence: threshold(0.999) });
  await files.ship('voices-4-nc', { ...tinyModel(2), license, confidence: threshold(0.001) });
  await writeModel(files, 'mine', tinyModel(3));
  for (const name of ['a.wav', 'b.wav', 'noises', 'calls/c.wav']) await files.write(name, wav);
  for (const [name, content] of Object.entries(corpusFiles(12))) {
    await files.write(resolve('corpus', name), content); // the command takes it from the root
  }
});

describe('predict without a model', () => {
  test('takes the default, and says in one line which it is, what it learned from and its terms', async () => {
    const ended = await here('predict', 'a.wav');
    expect(ended.status).toBe(0);
    const told = ended.stderr.split('\n').filter((line) => line.startsWith('using '));
    expect(told).toEqual([
      'using voices-4: anger, joy, sadness; female, male (MIT), learned from acted speech; ' +
        'for another: alstm predict MODEL FILE…',
    ]);
    expect(ended.stdout).toMatch(/^a\.wav {2}0\.50 s\n {2}emotion {4}not sure: \w+ 0\.\d\d/);
  });

  test('takes all operands for recordings, whatever they are called, and folders of them', async () => {
    const found = await linesOf('a.wav', 'noises', 'calls', 'b.wav');
    expect(found.map(({ path }) => path)).toEqual(['a.wav', 'noises', 'calls/c.wav', 'b.wav']);
    expect((await linesOf('calls')).map(({ path }) => path)).toEqual(['calls/c.wav']);
    const [named] = await linesOf('voices-4', 'a.wav');
    expect(found[0]).toEqual(named);
  });

  test('goes on after a recording that is not there', async () => {
    const ended = await here('predict', 'gone.wav', 'a.wav', '--json');
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain('gone.wav');
    expect(jsonLines(ended)).toMatchObject([{ path: 'gone.wav' }, { path: 'a.wav', seconds: 0.5 }]);
  });

  test.each(['gone.wav', 'runs/gone'])('refuses the lone %s, which is nothing', async (name) => {
    const ended = await here('predict', name);
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(errorOf(ended)).toEqual({
      message: `${name} is neither a file nor a model`,
      hint: 'Give recordings, or a model and then recordings: alstm predict [MODEL] FILE…',
    });
  });

  test.each(['mine', 'voices-4-nc', 'mine.zip', 'https://localhost/mine'])(
    'refuses the lone model %s',
    async (name) => {
      const ended = await here('predict', name);
      expect(ended).toMatchObject({ status: 2, stdout: '' });
      expect(errorOf(ended).message).toBe(`${name} is a model, and no recording was given`);
    },
  );

  test('names the models that come along where another was meant', async () => {
    const ended = await here('predict', 'voices-9', 'a.wav');
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toBe('there is no voices-9');
    expect(errorOf(ended).hint).toContain('these come along: voices-4, voices-4-nc');
  });

  test('says that there is none where none comes along', async () => {
    const without = new MemoryFiles({ 'a.wav': wav });
    const ended = await alstmHere(['predict', 'a.wav'], { files: without });
    expect(ended.status).toBe(2);
    expect(errorOf(ended).message).toBe(
      'no model was given, and none comes with this build of alstm',
    );
  });
});

describe('a model that comes along, by its name', () => {
  test('predicts as its folder does, and is sure from its own threshold on', async () => {
    const [named] = await linesOf('voices-4-nc', 'a.wav');
    expect(named).toEqual((await linesOf('package/voices/voices-4-nc', 'a.wav'))[0]);
    expect(named?.sure).toEqual({ emotion: true });
    expect((await linesOf('a.wav'))[0]?.sure).toEqual({ emotion: false });
  });

  test('is not meant where a folder of that name is', async () => {
    const own = new FilesWithModels();
    await own.ship('voices-4', tinyModel(1));
    await own.write('a.wav', wav);
    await writeModel(own, 'voices-4', tinyModel(3));
    const scores = async (...operands: string[]) => {
      const args = ['predict', '--json', ...operands, ...adapterArgs()];
      return jsonLines(await alstmHere(args, { files: own, cache: at('cache') }));
    };
    expect(await scores('voices-4', 'a.wav')).toEqual(await linesOf('mine', 'a.wav'));
    expect(await scores('a.wav')).toEqual(await scores('package/voices/voices-4', 'a.wav'));
  });

  test.each([
    ['predict', 'voices-4-nc', 'a.wav'],
    ['predict', 'mine', '--with', 'voices-4-nc', 'a.wav'],
    ['evaluate', 'voices-4-nc', '--manifest', 'corpus/manifest.csv'],
    ['export', 'voices-4-nc', '--onnx', 'nc.onnx'],
    ['export', 'voices-4-nc', '--hf', 'nc-hf'],
  ])('is taken by %s %s %s, which says that it is non-commercial', async (...args) => {
    const ended = await here(...args);
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stderr).toContain(`using voices-4-nc: `);
    expect(ended.stderr).toContain(`(${terms})`);
  });

  test('is enrolled for if it normalises by speaker, and else refused as any other', async () => {
    const ended = await here('enrol', 'ann', 'a.wav', '--model', 'voices-4-nc', '--out', 'ann');
    expect(ended.status).toBe(1);
    expect(errorOf(ended).message).toContain('normalises features by utterance');
    expect(ended.stderr).toContain(terms);
  });

  test('is what a run may start from; the run keeps the name and the licence', async () => {
    const data = ['--manifest', 'corpus/manifest.csv', '--epochs', '1', '--preset', 'alstm-1'];
    const shape = ['--units', '4', '--input-units', '8', '--cell', 'lstm', '--batch', '8'];
    const ended = await here(
      ...['train', ...data, ...shape, '--init-from', 'voices-4-nc', '--out', 'tuned'],
    );
    expect(ended).toMatchObject({ status: 0 });
    expect(ended.stderr).toContain(
      "voices-4-nc: its licence, CC BY-NC-SA 4.0, is that of this run's model too, which is non-commercial",
    );
    const config = JSON.parse(await readText(files, 'tuned/config.json')) as object;
    expect(config).toMatchObject({ initFrom: 'voices-4-nc' });
    expect((await here('predict', 'tuned', 'a.wav')).stderr).toContain(`using tuned: `);
  });

  test('has its own card in an export for Hugging Face', async () => {
    await files.write('package/voices/voices-4/README.md', '# A card of its own\n');
    expect(await here('export', 'voices-4', '--hf', 'card-hf')).toMatchObject({ status: 0 });
    expect(await readText(files, 'card-hf/README.md')).toContain('# A card of its own');
    expect(await readText(files, 'card-hf/README.md')).toContain('license: "mit"');
  });
});

test('NodeFiles finds those of src/voices', async () => {
  const found = await new NodeFiles().shippedModels();
  expect([...found.keys()]).toEqual([...shippedModels.keys()]);
  for (const folder of found.values()) expect(folder).toMatch(/\/src\/voices\/[^/]+$/);
});

test.each([...shippedModels.keys()])('%s predicts, with scores that sum to 1', async (name) => {
  await writeFiles(at(), { 'a.wav': wav });
  const args = ['predict', name, at('a.wav'), '--json', '--cache', at('cache'), ...adapterArgs()];
  const ended = await alstmHere(args);
  expect(ended).toMatchObject({ status: 0 });
  const [{ emotion, sure }] = jsonLines(ended) as [Line];
  expect(Object.values(emotion.scores).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  expect(sure).toEqual({ emotion: expect.any(Boolean) as boolean });
});
