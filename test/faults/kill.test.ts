/** A training that is killed at any moment, again and again, ends as one that never was: to the bit. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { Random } from '../../src/core/random.js';
import { adapterArgs, alstm, type CliOptions, errorOf, writeFiles } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import type { Ended } from '../support/process.js';
import { corpusFiles } from '../data/corpus-files.js';
import { countFrom, faultSeed, keepResults } from '../support/results.js';
import { killing } from './killing.js';
import { newestStep, type Standing, standingOf, timelessRun } from './run-folders.js';
import { sizes } from './writing.js';

/** Kills of each kind; each is followed by a resume. */
const kills = countFrom('ALSTM_FAULT_KILLS', 3);
/** Most kills that one run meets. */
const KILLS_A_RUN = 3;
/** More than the calls of a process up to its first checkpoint. */
const FIRST_CALLS = 40;
const TIMEOUT = 60_000 + kills * 20_000;

/** Of a whole run: 8 epochs of 16 batches. */
const STEPS = 128;

const at = scratchFolder();
const kill = killing(at);
const settings = {
  preset: 'alstm-1',
  training: { epochs: 8, batch: 2, checkpointSteps: 3, learningRate: 0.0005, patience: 0 },
  model: { dropout: 0.25 }, // so that random bits have to go on as well
};

/** What a run wrote that nothing befell, and by how many calls it changed files. */
let whole: Record<string, unknown>;
let calls: number;
/** Seconds from the start of a process to the first checkpoint of its run. */
let startSeconds: number;
let machine: { name: string; driver: string };

function begin(run: string, options: CliOptions = {}): Promise<Ended> {
  const data = ['--manifest', at('corpus', 'all.csv'), '--config', at('settings.json')];
  const logs = ['--log-format', 'csv,tensorboard'];
  return alstm(['train', '--out', at(run), ...data, ...sizes, ...logs, ...common()], options);
}

const common = (): string[] => ['--cache', at('cache'), ...adapterArgs()];

/** What a user does after a kill: goes on, or begins again where the message says so. */
async function goOn(run: string, options: CliOptions = {}): Promise<Ended> {
  const resume = ['train', '--resume', '--out', at(run), ...common()];
  if (existsSync(at(run, 'config.json'))) return alstm(resume, options);
  const refused = await alstm(resume);
  expect(refused.status).toBe(1);
  expect(errorOf(refused).message).toContain('is not a run folder: it has no config.json');
  expect(errorOf(refused).hint).toContain('without --resume');
  return begin(run, options);
}

beforeAll(async () => {
  const corpus = corpusFiles(12);
  const unsplit = String(corpus['manifest.csv']).replaceAll(/,(split|train|test)$/gm, '');
  await writeFiles(at('corpus'), { ...corpus, 'all.csv': unsplit });
  await writeFiles(at(), { 'settings.json': JSON.stringify(settings) });
  const began = performance.now();
  const counted = kill.counting(at('whole'));
  const ended = await begin('whole', {
    ...counted.options,
    onStart: (child) =>
      whenAt(child, 'whole', 1, () => (startSeconds = (performance.now() - began) / 1000)),
  });
  expect(ended).toMatchObject({ status: 0 });
  calls = counted.calls();
  whole = timelessRun(at('whole'));
  const { adapter: name, driver } = JSON.parse(
    readFileSync(at('whole', 'config.json'), 'utf8'),
  ) as { adapter: string; driver: string };
  machine = { name, driver };
}, 120_000);

/** Does something once, when a run has a checkpoint of a step or of a later one. */
function whenAt(child: ChildProcess, run: string, step: number, act: () => void): void {
  const look = setInterval(() => {
    if (newestStep(at(run)) < step) return;
    clearInterval(look);
    act();
  }, 2);
  child.on('exit', () => clearInterval(look));
}

/**
 * So many seconds after its process began; so many milliseconds after a run came to a step; or right before
 * a call that changes files, by its number.
 */
type Moment =
  | { readonly seconds: number }
  | { readonly step: number; readonly milliseconds: number }
  | { readonly call: number };

interface Kill extends Standing {
  readonly run: number;
  readonly moment: Moment;
}

/**
 * Kills processes at moments that are drawn, until there were enough; every run is brought to its end and
 * compared with the whole one.
 */
async function killAndGoOn(
  name: string,
  draw: (random: Random, step: number) => Moment,
  options: (run: string, moment: Moment) => CliOptions,
): Promise<{ kills: readonly Kill[]; runs: number; escaped: number }> {
  const random = new Random(faultSeed, name);
  const done: Kill[] = [];
  let escaped = 0;
  let runs = 0;
  for (; done.length < kills; runs++) {
    const run = `${name}-${runs}`;
    for (let i = 0; i < KILLS_A_RUN && done.length < kills; i++) {
      const moment = draw(random, newestStep(at(run)));
      const next = i === 0 ? begin : goOn;
      const { status, stderr } = await next(run, options(run, moment));
      if (status !== 'SIGKILL') {
        expect({ status, stderr }).toMatchObject({ status: 0 });
        escaped++; // it was done before its moment came
        break;
      }
      done.push({ run: runs, moment, ...standingOf(at(run)) });
    }
    expect(await goOn(run)).toMatchObject({ status: 0 });
    expect(timelessRun(at(run)), `after ${JSON.stringify(done.slice(-KILLS_A_RUN))}`).toEqual(
      whole,
    );
    await rm(at(run), { recursive: true });
  }
  return { kills: done, runs, escaped };
}

test('at moments of the clock', { timeout: TIMEOUT }, async () => {
  const found = await killAndGoOn(
    'clock',
    (random, step) => {
      const share = random.word() / 2 ** 32;
      if (random.integer(5) === 0) return { seconds: share * startSeconds };
      return {
        step: step + 1 + random.integer(Math.max(1, STEPS - step)),
        milliseconds: 100 * share,
      };
    },
    (run, moment) => ({
      onStart: (child) => {
        const end = (): boolean => child.kill('SIGKILL');
        if ('seconds' in moment) setTimeout(end, 1000 * moment.seconds);
        else if ('step' in moment) {
          whenAt(child, run, moment.step, () => void setTimeout(end, moment.milliseconds));
        }
      },
    }),
  );
  keepResults('kill-clock', { startSeconds, ...summary(found) }, machine);
});

test('while its files are changed', { timeout: TIMEOUT }, async () => {
  const found = await killAndGoOn(
    'calls',
    // every other one among the first, which begin a run or go on with it
    (random) => ({ call: 1 + random.integer(random.integer(2) === 0 ? calls : FIRST_CALLS) }),
    (run, moment) => ('call' in moment ? kill.atCall(at(run), moment.call) : {}),
  );
  keepResults('kill-calls', { calls, ...summary(found) }, machine);
});

function summary({ kills: done, ...rest }: Awaited<ReturnType<typeof killAndGoOn>>) {
  const count = (is: (kill: Kill) => boolean): number => done.filter(is).length;
  return {
    ...{ seed: faultSeed, killed: done.length, resumed: done.length, ...rest },
    beforeBegun: count(({ begun }) => !begun),
    beforeFirstCheckpoint: count(({ begun, step }) => begun && step === 0),
    whileWriting: count(({ halfWritten }) => halfWritten > 0),
    equalToTheBit: true, // else there would be no results
    moments: done,
  };
}
