import { readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Ended } from '../support/process.js';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstm, errorOf, filesIn, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();

beforeAll(() => writeFiles(at('corpus'), corpusFiles(12)));

const common = () => ['--cache', at('cache'), ...adapterArgs()];
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
  '2',
];

function trainArgs(run: string, ...more: string[]): string[] {
  const data = ['--manifest', at('corpus', 'manifest.csv')];
  return ['train', '--out', at(run), ...data, ...tiny, ...common(), ...more];
}

test('trains, evaluates on speakers never heard, and predicts', async () => {
  const settings = {
    preset: 'alstm-1',
    training: { epochs: 9, learningRate: 0.01 },
    model: { dropout: 0.1 },
  };
  await writeFiles(at(), { 'settings.json': JSON.stringify(settings) });
  const flags = ['--config', at('settings.json'), '--epochs', '2', '--class-weights', 'balanced'];
  const trained = await alstm(trainArgs('run', ...flags, '--trace', at('trace.json'), '--json'));
  expect(trained.status).toBe(0);
  expect(trained.stderr).toContain('epoch   2');
  expect(jsonLines(trained)).toMatchObject([
    { run: at('run'), model: at('run', 'model'), epochs: 2, stopped: 'epochs' },
  ]);
  expect(filesIn(at('run'))).toEqual(
    expect.arrayContaining([
      'config.json',
      'log.jsonl',
      'model/config.json',
      'model/model.safetensors',
    ]),
  );
  const config: unknown = JSON.parse(await readFile(at('run', 'config.json'), 'utf8'));
  const heads = ['emotion', 'speaker', 'gender'].map((task) => ({ task, hidden: 4 }));
  expect(config).toMatchObject({
    // the file over the preset, and the options over the file
    training: { epochs: 2, learningRate: 0.01, batch: 2, clipNorm: 5 },
    model: { dropout: 0.1, recurrent: { cell: 'a-lstm', units: 4 }, heads },
  });
  const { traceEvents } = JSON.parse(await readFile(at('trace.json'), 'utf8')) as {
    traceEvents: unknown[];
  };
  expect(traceEvents.length).toBeGreaterThan(20);

  const evaluated = await alstm(['evaluate', at('run'), '--json', ...common()]);
  expect(evaluated.status).toBe(0);
  const [scores] = jsonLines(evaluated) as [Record<string, unknown>];
  expect(Object.keys(scores).sort()).toEqual(
    ['accuracy', 'confusion', 'labels', 'maf', 'map', 'uar', 'utterances'].sort(),
  );
  expect(scores).toMatchObject({ utterances: 12, labels: ['anger', 'sadness'] }); // cid alone

  const predicted = await alstm(['predict', at('run'), at('corpus'), '--json', ...common()]);
  expect({ status: predicted.status, count: jsonLines(predicted).length }).toEqual({
    status: 0,
    count: 36,
  });
  const text = await alstm(['predict', at('run'), at('corpus', 'cid-0.wav'), ...common()]);
  expect(text.stdout).toMatch(
    /cid-0\.wav {2}0\.\d\d s\n {2}emotion .*\n {2}speaker .*\n {2}gender /,
  );
  expect(text.stdout).toMatch(/attention {2}[▁▂▃▄▅▆▇█]+\n$/);
});

test('Ctrl-C ends with a checkpoint, and --resume goes on to the bits of a run never interrupted', async () => {
  const flags = ['--epochs', '3', '--patience', '0', '--cell', 'lstm', '--pooling', 'mean'];
  flags.push('--class-weights', 'balanced', '--label-smoothing', '0.1', '--optimizer', 'sgd');
  const whole = await alstm(trainArgs('whole', ...flags));
  expect(whole.status).toBe(0);

  let sent = false;
  const cut = await alstm(trainArgs('cut', ...flags), {
    onStderr: (text, child) => {
      if (sent || !text.includes('epoch   1')) return;
      sent = true;
      child.kill('SIGINT');
    },
  });
  expect(cut.status).toBe(130);
  expect(cut.stdout).toContain('resume with: alstm train --resume --out');
  expect(filesIn(at('cut')).filter((name) => name.endsWith('.tmp'))).toEqual([]);

  // the one setting that may be another: without a fault it changes no bit
  const policy = ['--on-non-finite', 'skip'];
  const resumed = await alstm(['train', '--resume', ...policy, '--out', at('cut'), ...common()]);
  expect(resumed.status).toBe(0);
  const config: unknown = JSON.parse(await readFile(at('cut', 'config.json'), 'utf8'));
  expect(config).toMatchObject({ training: { onNonFinite: 'skip' } });
  for (const name of ['whole', 'cut']) expect(filesIn(at(name))).toEqual(filesIn(at('whole')));
  const models = ['whole', 'cut'].map((run) => readFile(at(run, 'model', 'model.safetensors')));
  const [a, b] = await Promise.all(models);
  expect(b?.equals(a as Buffer)).toBe(true);
  const logs = ['whole', 'cut'].map(async (run) =>
    (await readFile(at(run, 'log.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0, framesPerSecond: 0 })),
  );
  expect(await logs[1]).toEqual(await logs[0]);
});

test('a run that is not there cannot be resumed', async () => {
  const ended = await alstm(['train', '--resume', '--out', at('nowhere')]);
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toContain(`${at('nowhere')} is not a run folder`);
  expect(filesIn(at('nowhere'))).toEqual([]);
});

test('corpus prints a summary and writes a manifest that says the same', async () => {
  const out = at('copy', 'manifest.csv');
  const read = await alstm(['corpus', 'manifest', at('corpus'), '--out', out, '--json']);
  expect(read.status).toBe(0);
  const summary = jsonLines(read)[0] as { seconds: number };
  expect(summary).toMatchObject({
    utterances: 36,
    emotion: { anger: 18, sadness: 18 },
    speaker: { ann: 12, bob: 12, cid: 12 },
    gender: { female: 12, male: 24 },
    skipped: [],
  });
  expect(summary.seconds).toBeGreaterThan(0.3 * 36);
  expect(read.stderr).toContain(
    'its recordings are outside its folder: read it with --allow-outside',
  );
  const refused = await alstm(['corpus', 'manifest', out, '--json']);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('is outside the manifest');
  const again = await alstm(['corpus', 'manifest', out, '--json', '--allow-outside']);
  expect(again.stdout).toBe(read.stdout);
  expect((await readFile(out, 'utf8')).split('\n')[1]).toMatch(/^\.\.\/corpus\/ann-0\.wav,anger,/);
});

test('a second Ctrl-C ends at once, and every file is whole', async () => {
  let sent = 0;
  const ended = await alstm(trainArgs('ended', '--epochs', '500', '--patience', '0'), {
    onStderr: (text, child) => {
      const due = text.includes('stopping after') ? 2 : text.includes('epoch   1') ? 1 : 0;
      if (sent < due) child.kill('SIGINT');
      sent = Math.max(sent, due);
    },
  });
  expect(ended.status).toBe(130); // a crash of the device would be another
  const files = filesIn(at('ended'));
  expect(files).toContain('config.json');
  expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a second process in the folder of a run is refused, and the first goes on', async () => {
  let second: Promise<Ended> | undefined;
  const first = await alstm(trainArgs('shared', '--epochs', '500', '--patience', '0'), {
    onStderr: (text, child) => {
      if (second !== undefined || !text.includes('epoch   1')) return;
      second = alstm(['train', '--resume', '--out', at('shared'), ...common()]);
      void second.then(() => child.kill('SIGTERM')); // as Ctrl-C: it saves and leaves
    },
  });
  const refused = await second;
  expect(refused && { status: refused.status, ...errorOf(refused) }).toMatchObject({
    status: 1,
    message: expect.stringContaining(`${at('shared')} is in use by process`) as string,
  });
  expect(first.status).toBe(130); // it stopped by itself
  expect(filesIn(at('shared'))).not.toContain('.lock');
});

test('--verify-determinism trains twice and finds the same bits', async () => {
  const flags = ['--epochs', '1', '--verify-determinism', '--json'];
  const ended = await alstm(trainArgs('twice', ...flags));
  expect(ended.stderr).toContain('training again in another process');
  expect(jsonLines(ended)).toMatchObject([{ run: at('twice'), deterministic: true }]);
  expect(readdirSync(at()).filter((name) => name.includes('again'))).toEqual([]);
});

test('--verify-determinism says which tensor differs', async () => {
  // the second process finds other recordings
  const corpus = corpusFiles(12);
  await writeFiles(at('moving'), corpus);
  const data = ['--manifest', at('moving', 'manifest.csv'), ...tiny, ...common()];
  const more = ['--epochs', '1', '--verify-determinism', '--cell', 'lstm'];
  const ended = await alstm(['train', '--out', at('other'), ...data, ...more], {
    onStderr: (text) => {
      if (!text.includes('training again')) return;
      const swapped = { 'ann-0.wav': corpus['ann-1.wav']!, 'ann-1.wav': corpus['ann-0.wav']! };
      for (const [name, bytes] of Object.entries(swapped)) {
        writeFileSync(at('moving', name), bytes);
      }
    },
  });
  expect(ended.status).toBe(1);
  expect(errorOf(ended).message).toMatch(/^[\w. ]+ is not bit-identical in two trainings$/);
});
