/** The device fails under a command: lost in the middle, or without the memory that is asked for. */
import { beforeAll, expect, it, vi } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import type { Engine } from '../../src/gpu/engine.js';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { loseAfter } from '../support/lose-device.js';
import { refuseMemory, type Refusals } from '../support/refuse-memory.js';
import { corpusFiles } from '../data/corpus-files.js';
import { alstmHere, errorOf, filesIn, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

/** Told of every engine that a command opens. */
let onOpen: (engine: Engine) => void = () => undefined;

vi.mock(import('../../src/platform/node/engine.js'), async (original) => {
  const own = await original();
  const openEngine: typeof own.openEngine = async (options) => {
    const engine = await own.openEngine(options);
    onOpen(engine);
    return engine;
  };
  return { ...own, openEngine };
});

const at = scratchFolder();

beforeAll(async () => {
  await writeModel(new NodeFiles(), at('model'), tinyModel());
  const voices = [0, 1, 2, 3].map((i) => {
    const wave = (n: number) => 0.5 * Math.sin(n ** 0.9 / (7 + i));
    return [
      `calls/${i}.wav`,
      encodeWav(
        Float32Array.from({ length: 9000 }, (_, n) => wave(n)),
        16000,
      ),
    ];
  });
  await writeFiles(at(), Object.fromEntries(voices) as Record<string, Uint8Array>);
  await writeFiles(at('corpus'), corpusFiles(6));
});

/** A software adapter: those refuse what no driver has. */
const adapter = testAdapter() === 'lavapipe' ? 'lavapipe' : 'swiftshader';

async function alstm(args: readonly string[], opened: typeof onOpen = () => undefined) {
  onOpen = opened;
  return alstmHere([...args, '--cache', at('cache'), '--adapter', adapter], { cache: at('cache') });
}

/** The first device is lost after so many submits, and so is the next, but no other. */
function loseTwo(first: number, second: number) {
  const after = [first, second];
  return (engine: Engine) => loseAfter(engine, after.shift() ?? Infinity);
}

const lost = /^the GPU device was lost: .+: computing the batch again on a new device$/gm;

it.each([
  ['recordings', ['predict', 'model', 'calls', '--json'], [1, 2]],
  ['a test set', ['evaluate', 'model', '--manifest', 'corpus/manifest.csv', '--json'], [1, 2]],
] satisfies [string, string[], [number, number]][])(
  'scores %s on new devices where the first ones are lost',
  async (_, args, losses) => {
    const own = args.map((arg) => (/^(model|calls|corpus)/.test(arg) ? at(arg) : arg));
    const expected = await alstm(own);
    expect(expected.status).toBe(0);
    const told = await alstm(own, loseTwo(...losses));
    expect(told.stderr.match(lost)).toHaveLength(2);
    expect(told).toMatchObject({ status: 0, stdout: expected.stdout });
  },
);

const trainArgs = (run: string) => {
  const tiny = [
    '--preset',
    'alstm-1',
    '--units',
    '4',
    '--frontend-units',
    '4',
    '--head-hidden',
    '4',
    '--batch',
    '4',
  ];
  const data = ['--manifest', at('corpus', 'manifest.csv'), '--epochs', '2'];
  return ['train', '--out', at(run), ...data, ...tiny];
};

it('trains by parts where memory is refused, and says so once', async () => {
  let memory: Refusals | undefined;
  const expected = await alstm(trainArgs('whole'), (engine) => (memory = refuseMemory(engine.gpu)));
  expect(expected.status).toBe(0);
  const most = Math.round((memory?.peak ?? NaN) * 0.6);
  const told = await alstm(
    trainArgs('parts'),
    (engine) => (memory = refuseMemory(engine.gpu, most)),
  );
  expect(memory?.refused).toBeGreaterThan(0);
  expect(told.status).toBe(0);
  const lines = told.stderr.match(/^the GPU refused .+$/gm);
  expect(lines).toHaveLength(1);
  expect(lines?.[0]).toMatch(
    /: batches are split, this one into [2-4] microbatches of at most \d+ frames$/,
  );
  const [whole, parts] = await Promise.all(['whole', 'parts'].map(lossesOf));
  expect(whole).toHaveLength(2);
  whole?.forEach((loss, i) => expect(parts?.[i]).toBeCloseTo(loss, 4));
});

async function lossesOf(run: string): Promise<number[]> {
  const text = new TextDecoder().decode(await new NodeFiles().read(at(run, 'log.jsonl')));
  return text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { train: { total: number } }).train.total);
}

const train = () => trainArgs('none');
const predict = () => ['predict', at('model'), at('calls')];

it.each([
  ['train', train, 20_000, /^the GPU has no memory for .+: it refused [\d.]+ KiB$/],
  ['train', train, 50_000, /^an utterance of \d+ frames does not fit: .+ it refused [\d.]+ KiB$/],
  [
    'predict',
    predict,
    20_000,
    /^an utterance of \d+ frames does not fit: .+ it refused [\d.]+ KiB$/,
  ],
] as const)('%s ends with one clear line, and writes nothing: %#', async (_, args, most, line) => {
  const before = filesIn(at());
  const told = await alstm(args(), (engine) => refuseMemory(engine.gpu, most));
  expect(told).toMatchObject({ status: 1, stdout: '' });
  const { message, hint } = errorOf(told);
  expect(message).toMatch(line);
  expect(hint).toMatch(/^close other programs/);
  expect(filesIn(at())).toEqual(before);
});
