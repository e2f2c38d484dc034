/** Every command that writes is killed at any moment; done again, its files are those of one that never was. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { isUnfinished } from '../../src/core/files.js';
import { Random } from '../../src/core/random.js';
import { alstm, errorOf, filesIn, type CliOptions } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { countFrom, faultSeed, keepResults } from '../support/results.js';
import { killing } from './killing.js';
import {
  experimentArgs,
  isWhole,
  prepareExperiment,
  prepareWriting,
  writingCommands,
  written,
  type Writing,
} from './writing.js';

/** Kills of each command; half of them by the clock. */
const kills = countFrom('ALSTM_FAULT_WRITER_KILLS', 1);
/** Of a command that is slow because it measures, a tenth. */
const killsOf = ({ timed = false }: Writing): number => (timed ? Math.ceil(kills / 10) : kills);
/** Those that are killed in every run of the tests; the others as well where there are more kills. */
const usual = ['features --cache', 'export --hf', 'enrol --add', 'predict --out .parquet'];

const at = scratchFolder();
const kill = killing(at);
const commands = Object.keys(writingCommands((...parts) => parts.join('/'))).filter(
  (name) => kills > 1 || usual.includes(name),
);

beforeAll(async () => {
  await prepareWriting(at);
  if (commands.includes('experiment collect')) await prepareExperiment(at, experimentArgs(at));
}, 120_000);

interface Killed {
  readonly command: string;
  readonly call?: number;
  readonly seconds?: number;
  readonly halfWritten: number;
}

const killed: Killed[] = [];
let escaped = 0;

describe.each(commands)('%s', (name) => {
  test('killed, and done again', { timeout: 60_000 + kills * 30_000 }, async () => {
    const writing = writingCommands(at)[name]!;
    const whole = at(`${name}-whole`);
    const { calls, seconds } = await runWhole(writing, whole);
    const random = new Random(faultSeed, name);
    const drawn = Array.from({ length: killsOf(writing) }, (_, i) => {
      const share = random.word() / 2 ** 32;
      return i % 2 === 0 ? { call: 1 + Math.floor(share * calls) } : { seconds: share * seconds };
    });
    for (const [i, moment] of drawn.entries()) {
      await killAndRepeat(name, writing, { whole, folder: at(`${name}-${i}`), moment });
    }
  });
});

async function runWhole(writing: Writing, whole: string) {
  mkdirSync(whole);
  writing.prepare?.(whole);
  const began = performance.now();
  const counted = kill.counting(whole);
  const ended = await alstm(writing.args(whole), counted.options);
  expect(ended).toMatchObject({ status: 0 });
  expect(scratchIn(whole)).toEqual([]);
  return { calls: counted.calls(), seconds: (performance.now() - began) / 1000 };
}

type Moment = { readonly call: number } | { readonly seconds: number };

async function killAndRepeat(
  name: string,
  writing: Writing,
  { whole, folder, moment }: { whole: string; folder: string; moment: Moment },
): Promise<void> {
  mkdirSync(folder);
  writing.prepare?.(folder);
  const options: CliOptions =
    'call' in moment
      ? kill.atCall(folder, moment.call)
      : { onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), 1000 * moment.seconds) };
  const args = writing.args(folder);
  const { status, stderr } = await alstm(args, options);
  const where = `${name} ${JSON.stringify(moment)}`;
  if (status === 'SIGKILL') {
    const halfWritten = filesIn(folder).filter(isScratch).length;
    killed.push({ command: name, ...moment, halfWritten });
  } else {
    expect({ where, status, stderr }).toMatchObject({ status: 0 });
    escaped++; // it was done before its moment came
  }
  const visible = filesIn(folder).filter((path) => !isScratch(path));
  const broken = visible.filter((path) => !isWhole(writing, folder, whole, path));
  expect(broken, `${where}: half-written`).toEqual([]);
  const repeated = await alstm([...args, ...(writing.again ?? [])]);
  if (repeated.status !== 0 && writing.done) {
    expect(errorOf(repeated).message, where).toMatch(writing.done);
  } else expect({ where, ...repeated }).toMatchObject({ status: 0 });
  if (writing.timed)
    expect(Object.keys(written(folder)), where).toEqual(Object.keys(written(whole)));
  else expect(written(folder), where).toEqual(written(whole));
  await rm(folder, { recursive: true });
}

/** Files of a write that is not done, and locks. */
function isScratch(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isUnfinished(name) || name.endsWith('.lock');
}

const scratchIn = (folder: string): string[] => filesIn(folder).filter(isScratch);

test('what was killed is kept', () => {
  const wanted = commands.map((name) => killsOf(writingCommands(at)[name]!));
  expect(killed.length + escaped).toBe(wanted.reduce((sum, n) => sum + n));
  const count = Object.fromEntries(
    commands.map((name) => [name, killed.filter(({ command }) => command === name).length]),
  );
  keepResults('kill-writers', {
    ...{ seed: faultSeed, killed: killed.length, escaped, count },
    whileWriting: killed.filter(({ halfWritten }) => halfWritten > 0).length,
    equalToTheBit: true, // else there would be no results
    moments: killed,
  });
});
