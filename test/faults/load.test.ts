/**
 * Much of everything, by the command: recordings, rows, speakers, classes, epochs, hours. Memory stays bounded, no
 * descriptor is leaked, the output stays readable. `npm run test:long` has all of it, `npm test` a little of each but the
 * hours.
 */
import {
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeWav } from '../../src/audio/wav.js';
import { formatCsv } from '../../src/core/csv.js';
import { Random } from '../../src/core/random.js';
import { adapterArgs, alstm, jsonLines, writeFiles } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { corpusFiles } from '../data/corpus-files.js';
import { countFrom, keepResults } from '../support/results.js';
import { canWatch, ProcessWatch } from './watched.js';
import { sizes } from './writing.js';

const recordings = countFrom('ALSTM_LOAD_RECORDINGS', 60);
const rows = countFrom('ALSTM_LOAD_ROWS', 300);
const speakers = countFrom('ALSTM_LOAD_SPEAKERS', 45);
const classes = countFrom('ALSTM_LOAD_CLASSES', 45);
const epochs = countFrom('ALSTM_LOAD_EPOCHS', 3);
const hours = countFrom('ALSTM_LOAD_HOURS', 0);

const MOST = {
  /** MB of a process, whatever it is given. */
  rss: 1000,
  /** Open files of a process; Node alone has 100 open when it starts. */
  open: 100,
  /** MB more in the last third of its work than in the first, where there was time to see it. */
  growth: 60,
  /** The same of a job whose memory may grow: by the rows that a table has, or until garbage is collected. */
  slowGrowth: 250,
  /** More open files late than early: threads open one or two at a time. */
  descriptors: 4,
  /** Characters of a text for people. */
  output: 8000,
} as const;
const SECONDS_TO_SEE_GROWTH = 20;
/** MB of heap in which a table of 200,000 rows has to be read and worked through. */
const TABLE_HEAP = 250;
const isOfTable = (name: string): boolean => name === 'rows' || name === 'shard';
const TIMEOUT = 3_600_000;

const at = scratchFolder();
const common = (): string[] => ['--cache', at('cache'), ...adapterArgs()];

/** Runs the command to a good end; what it wrote, and what was seen of its memory meanwhile. */
async function loaded(name: string, args: readonly string[], found: Record<string, unknown> = {}) {
  const watch = new ProcessWatch();
  // Of a table the heap holds what was read, and garbage for as long as it may grow.
  const env = isOfTable(name) ? { NODE_OPTIONS: `--max-old-space-size=${TABLE_HEAP}` } : {};
  const ended = await alstm([...args, ...common()], { deadline: 3600, onStart: watch.start, env });
  expect(ended, ended.stderr).toMatchObject({ status: 0 });
  const seen = watch.summary();
  const cores = availableParallelism();
  keepResults(`load-${name}`, { ...found, cores, ...seen, output: ended.stdout.length });
  if (canWatch) {
    const { rss, descriptors, seconds } = seen;
    expect(rss.highest, `MB of ${name}`).toBeLessThan(MOST.rss);
    expect(descriptors.late).toBeLessThan(MOST.open);
    if (seconds > SECONDS_TO_SEE_GROWTH) {
      expect(descriptors.late - descriptors.early).toBeLessThanOrEqual(MOST.descriptors);
      const isFlat = name === 'recordings' || name === 'epochs';
      const most = isFlat ? MOST.growth : MOST.slowGrowth;
      expect(rss.late - rss.early, `MB more of ${name}`).toBeLessThan(most);
    }
  }
  return ended;
}

/** Recordings of 0.3 s: the content of a few, each under many names. */
const base = Object.entries(corpusFiles(10)).filter(([name]) => name.endsWith('.wav'));
const contentOf = (i: number): string => base[i % base.length]![0];

function recordingOf(i: number): string {
  const path = `many/${i % 100}/${i}.wav`;
  mkdirSync(dirname(at(path)), { recursive: true });
  linkSync(at('base', contentOf(i)), at(path));
  return path;
}

function manifest(name: string, count: number, row: (i: number) => string[]): string {
  const table = Array.from({ length: count }, (_, i) => [`many/${i % 100}/${i}.wav`, ...row(i)]);
  const header = ['path', 'emotion', 'speaker', 'gender', 'split'];
  writeFileSync(at(name), formatCsv([header, ...table]));
  return at(name);
}

beforeAll(async () => {
  await writeFiles(at('base'), Object.fromEntries(base));
  const most = Math.max(recordings, rows, 2 * speakers, 60);
  for (let i = 0; i < most; i++) recordingOf(i);
  const few = manifest('few.csv', 60, (i) => [
    ...[i % 2 ? 'anger' : 'sadness', `s${i % 5}`, i % 5 === 1 ? 'female' : 'male'],
    i % 5 === 4 ? 'test' : 'train',
  ]);
  await loaded(
    'epochs',
    [
      ...['train', '--manifest', few, '--out', at('run'), '--epochs', String(epochs)],
      ...['--patience', '0', ...sizes],
    ],
    { epochs },
  );
}, TIMEOUT);

test(`${epochs} epochs: each is in the log once`, () => {
  const lines = readFileSync(at('run', 'log.jsonl'), 'utf8').trim().split('\n');
  const logged = lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch);
  expect(logged).toEqual(Array.from({ length: epochs }, (_, i) => i + 1));
});

test(
  `${recordings} recordings: the same sound has the same answer`,
  { timeout: TIMEOUT },
  async () => {
    const paths = Array.from({ length: recordings }, (_, i) => [`many/${i % 100}/${i}.wav`]);
    writeFileSync(at('all.csv'), formatCsv([['path'], ...paths]));
    const args = ['predict', at('run'), '--manifest', at('all.csv'), '--out', at('all.jsonl')];
    await loaded('recordings', args, { recordings });
    const answers = jsonLines({
      stdout: readFileSync(at('all.jsonl'), 'utf8'),
      stderr: '',
      status: 0,
    });
    expect(answers).toHaveLength(recordings);
    const bySound = new Map<string, string>();
    for (const answer of answers as { path: string; emotion: { scores: object } }[]) {
      const sound = contentOf(Number(/(\d+)\.wav$/.exec(answer.path)?.[1]));
      const scores = JSON.stringify(answer.emotion.scores);
      expect(scores).toBe(bySound.get(sound) ?? scores);
      bySound.set(sound, scores);
    }
    expect(new Set(bySound.values()).size).toBeGreaterThan(Math.min(recordings, base.length) / 2);
  },
);

describe(`a manifest of ${rows} rows`, () => {
  const own = (): string =>
    manifest('rows.csv', rows, (i) => [i % 3 ? 'anger' : 'sadness', `s${i % 97}`, 'male', 'train']);

  test('is read, measured and written again', { timeout: TIMEOUT }, async () => {
    const args = ['corpus', 'manifest', own(), '--out', at('written.csv')];
    const { stdout } = await loaded('rows', args, { rows });
    expect(stdout).toContain(`${rows} utterances`);
    expect(stdout.length).toBeLessThan(MOST.output);
    expect(readFileSync(at('written.csv'), 'utf8').trim().split('\n')).toHaveLength(rows + 1);
  });

  test.skipIf(rows < 1000)('is shared out', { timeout: TIMEOUT }, async () => {
    const shards = Math.ceil(rows / 100);
    const args = ['predict', at('run'), '--manifest', own(), '--shard', `1/${shards}`];
    await loaded('shard', [...args, '--out', at('shard.jsonl')], { rows, shards });
    const found = readFileSync(at('shard.jsonl'), 'utf8').trim().split('\n').length;
    expect(found).toBeGreaterThan(20);
    expect(found).toBeLessThan(rows);
  });
});

test(
  `${speakers} speakers and ${classes} classes: trained on, tested, in few lines`,
  { timeout: TIMEOUT },
  async () => {
    const count = 2 * speakers;
    const crowd = manifest('crowd.csv', count, (i) => [
      ...[`class${i % classes}`, `spk${i >> 1}`, i % 4 < 2 ? 'male' : 'female'],
      i >> 1 >= 0.9 * speakers ? 'test' : 'train',
    ]);
    const args = ['train', '--manifest', crowd, '--out', at('crowd'), '--epochs', '1', ...sizes];
    const trained = await loaded('crowd-train', args, { speakers, classes });
    const tested = await loaded('crowd-evaluate', ['evaluate', at('crowd')], { speakers, classes });
    for (const { stdout } of [trained, tested]) expect(stdout.length).toBeLessThan(MOST.output);
    expect(tested.stdout).toMatch(/UAR +[01]\.\d{4}/);
  },
);

test.skipIf(hours === 0)(`one recording of ${hours} hours`, { timeout: TIMEOUT }, async () => {
  const seconds = 3600 * hours;
  writeLong(at('long.wav'), seconds);
  const args = ['predict', at('run'), at('long.wav'), '--json', '--no-attention'];
  const ended = await loaded('hours', args, {
    hours,
    megabytes: statSync(at('long.wav')).size / 1e6,
  });
  expect(jsonLines(ended)).toMatchObject([{ seconds }]);
  expect(ended.stderr).toMatch(/ of \d+\.\d h, /);
});

/** A WAV file of 16 kHz, 16 bits: noise whose level goes up and down, the same minute again and again. */
function writeLong(path: string, seconds: number): void {
  const random = new Random(3, 'long');
  const minute = Float32Array.from(
    { length: 60 * 16_000 },
    (_, n) => (0.1 + 0.08 * Math.sin(n / 9000)) * random.normal(),
  );
  const wav = Buffer.from(encodeWav(minute, 16_000));
  const [header, sound] = [wav.subarray(0, 44), wav.subarray(44)];
  header.writeUInt32LE(36 + 32_000 * seconds, 4);
  header.writeUInt32LE(32_000 * seconds, 40);
  const file = openSync(path, 'w');
  writeSync(file, header);
  for (let left = seconds; left > 0; left -= 60) writeSync(file, sound.subarray(0, 32_000 * left));
  closeSync(file);
}
