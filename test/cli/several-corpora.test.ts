import { readFile, rename, rm } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const common = () => ['--cache', at('cache'), ...adapterArgs()];
const here = (...args: string[]) => alstmHere([...args, ...common()], { cache: at('cache') });
const tiny = [
  '--preset',
  'alstm-1',
  '--units',
  '4',
  '--input-units',
  '4',
  '--head-hidden',
  '0',
  '--cell',
  'lstm',
];
const epochs = ['--epochs', '2', '--patience', '0', '--batch', '8'];
const both = () => ['--corpus', 'manifest,manifest', '--data', `${at('one')},${at('two')}`];
const map = ['--map', 'manifest-2:mad=anger,blue=sadness'];
const held = ['--test-speakers', 'manifest/cid,manifest-2/cid'];

interface RunJson {
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly features: unknown;
  readonly data: {
    readonly source: Readonly<Record<string, unknown>>;
    readonly training: { readonly utterances: number };
    readonly validation: { readonly utterances: number };
  };
}

async function configOf(run: string): Promise<RunJson> {
  return JSON.parse(await readFile(at(run, 'config.json'), 'utf8')) as RunJson;
}

/** The corpus without its split; the second one has other words for its labels. */
function renamed(other: boolean): Record<string, Uint8Array | string> {
  const files = corpusFiles(4);
  const text = (files['manifest.csv'] as string).replaceAll(/,(split|train|test)\b/g, '');
  return {
    ...files,
    'manifest.csv': other
      ? text.replaceAll('anger', 'mad').replaceAll('sadness', 'blue').replaceAll(',male', ',M')
      : text,
  };
}

beforeAll(async () => {
  await writeFiles(at('one'), renamed(false));
  await writeFiles(at('two'), renamed(true));
  const args = [...both(), ...map, ...held, ...tiny, ...epochs, '--normalise', 'speaker'];
  const more = ['--trim-db', '40', '--speeds', '0.9,1.1', '--validate-by', 'speaker'];
  const ended = await here('train', ...args, ...more, '--out', at('run'));
  expect(ended).toMatchObject({ status: 0 });
}, 120_000);

test('a run on two corpora says which, with their maps and all options', async () => {
  const { labels, features, data } = await configOf('run');
  expect(labels['emotion']).toEqual(['anger', 'sadness']);
  expect(labels['gender']).toEqual(['female', 'male']);
  expect(labels['speaker']).toHaveLength(3);
  expect(labels['speaker']?.every((name) => /^manifest(-2)?\/(ann|bob)$/.test(name))).toBe(true);
  expect(features).toEqual({ set: 'prosody36', trimDb: 40, speeds: [0.9, 1.1] });
  expect(data.source).toMatchObject({
    corpus: 'manifest+manifest-2',
    path: at('one').replace(/\/one$/, ''),
    corpora: [
      { corpus: 'manifest', path: at('one') },
      { corpus: 'manifest', path: at('two'), map: { mad: 'anger', blue: 'sadness' } },
    ],
    validateBy: 'speaker',
    trimDb: 40,
    speeds: [0.9, 1.1],
  });
  expect(data.validation.utterances).toBe(4);
  expect(data.training.utterances).toBe(3 * 12);
});

test('it is scored on both, and on one whose labels are mapped', async () => {
  const own = await here('evaluate', at('run'), '--json');
  expect(jsonLines(own)).toMatchObject([{ utterances: 8, labels: ['anger', 'sadness'] }]);
  const two = ['--corpus', 'manifest', '--data', at('two')];
  const one = await here(
    ...['evaluate', at('run'), ...two, '--json'],
    ...['--map', 'manifest:mad=anger,blue='],
  );
  expect(jsonLines(one)).toMatchObject([{ utterances: 6 }]);
  expect(one.stderr).toContain('manifest: the emotion blue is dropped (6 utterances)');
  const without = await here('evaluate', at('run'), ...two);
  expect(errorOf(without).message).toContain('the emotion "mad" is not one that the model');
});

test('maps may be in a file', async () => {
  const json = JSON.stringify({ manifest: { mad: 'anger', blue: '' }, nemo: { x: 'y' } });
  await writeFiles(at('maps'), { 'map.json': json, 'bad.json': '{"manifest": {"mad": 1}}' });
  const args = ['evaluate', at('run'), '--corpus', 'manifest', '--data', at('two'), '--json'];
  const ended = await here(...args, '--map', at('maps', 'map.json'));
  expect(jsonLines(ended)).toMatchObject([{ utterances: 6 }]);
  const bad = await here(...args, '--map', at('maps', 'bad.json'));
  expect(errorOf(bad).message).toBe(
    `${at('maps', 'bad.json')}: manifest.mad is 1, expected a text`,
  );
});

test.each([
  [['--data', '/one'], '--data names 1 folder for 2 corpora (manifest, manifest)'],
  [['--data', '/a,/b', '--map', 'nemo:a=b'], '--map names the corpus nemo, but the data are of'],
  [['--data', '/a,/b', '--map', 'manifest:=b'], '--map has "=b"'],
])('%j is refused in one line', async (args, message) => {
  const ended = await here('train', '--corpus', 'manifest,manifest', ...args, '--out', at('no'));
  expect(ended.status).toBe(2);
  expect(errorOf(ended).message).toContain(message);
});

test('it resumes where both have moved, to the same bits', async () => {
  const [, last = ''] = filesIn(at('run', 'checkpoints'));
  const weights = await readFile(at('run', 'model', 'model.safetensors'));
  await rm(at('run', 'checkpoints', last));
  await rename(at('one'), at('first'));
  await rename(at('two'), at('second'));
  const resume = (...more: string[]) => here('train', '--resume', '--out', at('run'), ...more);
  const lost = await resume();
  expect(errorOf(lost).message).toBe(
    `the recordings of manifest that ${at('run')} was trained on are no longer at ${at('one')}`,
  );
  const half = await resume('--data', at('first'));
  expect(errorOf(half).message).toContain('--data names 1 folder for 2 corpora');
  const ended = await resume('--data', `${at('first')},${at('second')}`);
  expect(ended).toMatchObject({ status: 0 });
  expect(await readFile(at('run', 'model', 'model.safetensors'))).toEqual(weights);
  const { data } = await configOf('run');
  expect(data.source['corpora']).toMatchObject([
    { path: at('first') },
    { path: at('second'), map: { mad: 'anger' } },
  ]);
  const scored = await here('evaluate', at('run'), '--json');
  expect(jsonLines(scored)).toMatchObject([{ utterances: 8 }]);
  await rename(at('first'), at('one'));
  await rename(at('second'), at('two'));
}, 60_000);

test('an experiment takes both, and goes on with its protocol alone', async () => {
  const args = ['--cells', 'lstm', '--seeds', '1', '--validate-by', 'speaker', '--trim-db', '40'];
  const split = ['--split', 'speakers', ...held];
  const options = [...both(), ...map, ...split, ...args, ...tiny.slice(0, -2), ...epochs];
  const ended = await here('experiment', ...options, '--out', at('e'), '--json');
  expect(ended).toMatchObject({ status: 0 });
  const protocol = JSON.parse(await readFile(at('e', 'protocol.json'), 'utf8')) as unknown;
  expect(protocol).toMatchObject({
    corpus: {
      format: 'manifest+manifest-2',
      corpora: [
        { corpus: 'manifest' },
        { corpus: 'manifest', map: { mad: 'anger', blue: 'sadness' } },
      ],
    },
    validateBy: 'speaker',
    settings: { features: { trimDb: 40 } },
  });
  const [result = ''] = filesIn(at('e')).filter((name) => name.endsWith('result.json'));
  const { predictions } = JSON.parse(await readFile(at('e', result), 'utf8')) as {
    predictions: { path: string; speaker: string }[];
  };
  expect(predictions.map(({ path }) => path)).toContain('two/cid-0.wav');
  expect(new Set(predictions.map(({ speaker }) => speaker)).size).toBe(2);
  const places = ['--data', `${at('one')},${at('two')}`];
  const again = await here('experiment', ...places, '--out', at('e'), '--json');
  expect(again).toMatchObject({ status: 0 });
  const script = at('job.sh');
  const written = await here('experiment', ...places, '--out', at('e'), '--sbatch', script);
  expect(written).toMatchObject({ status: 0 });
  expect(await readFile(script, 'utf8')).toContain(`--data '${at('one')},${at('two')}'`);
}, 120_000);

test('features says where trimmed frames lie', async () => {
  const args = ['features', at('one', 'ann-0.wav'), '--out', at('features'), '--json'];
  const whole = jsonLines(await here(...args)) as { frames: number }[];
  const none = jsonLines(await here(...args, '--trim-db', 'none'));
  expect(none).toEqual(whole);
  const trimmed = jsonLines(await here(...args, '--trim-db', '0')) as { frames: number }[];
  expect(trimmed[0]!.frames).toBeLessThan(whole[0]!.frames);
  const bytes = await readFile(at('features', 'ann-0.safetensors'));
  expect(bytes.subarray(0, 4096).toString('latin1')).toContain(`"allFrames":"${whole[0]!.frames}"`);
});

test('--trim-db none overrides a configuration', async () => {
  await writeFiles(at('configs'), { 'trim.json': '{"features": {"trimDb": 30}}' });
  const args = ['--manifest', at('one', 'manifest.csv'), ...tiny, ...epochs, '--epochs', '1'];
  const config = ['--config', at('configs', 'trim.json')];
  await here('train', ...args, ...config, '--out', at('trimmed'));
  await here('train', ...args, ...config, '--trim-db', 'none', '--out', at('whole'));
  expect((await configOf('trimmed')).features).toEqual({ set: 'prosody36', trimDb: 30 });
  expect(await configOf('whole')).not.toHaveProperty('features');
});
