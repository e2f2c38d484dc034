import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readManifest } from '../../src/corpora/manifest.js';
import { alstmHere, errorOf, jsonLines } from '../cli/run-cli.js';
import { MemoryFiles } from '../support/memory-files.js';
import { iemocapFiles, recording, smallIemocap } from './stand-ins.js';

const flac = () => readFile(join(import.meta.dirname, '../audio/fixtures/mono_24k.flac'));

describe('alstm corpus iemocap', () => {
  const files = new MemoryFiles(iemocapFiles('/ie', smallIemocap));

  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const ended = await alstmHere(['corpus', 'iemocap', '/ie', '--json', ...args], { files });
    expect(ended.status).toBe(0);
    return jsonLines(ended)[0] as Record<string, unknown>;
  }

  it('prints what is in it', async () => {
    const ended = await alstmHere(['corpus', 'iemocap', '/ie'], { files });
    expect(ended.stdout.split('\n')).toEqual([
      '4 utterances, 0.1 minutes',
      'emotion  ang 1, hap 1, neu 1, sad 1',
      'speaker  Ses01F 1, Ses01M 2, Ses03M 1',
      'gender   female 1, male 3',
      'session  Session1 3, Session3 1',
      'style    improvised 3, scripted 1',
      '5 excluded',
      '  2: emotion exc not wanted',
      '  2: emotion xxx not wanted',
      '  1: emotion fru not wanted',
      expect.stringMatching(/^note: IEMOCAP as published has 4490 .* this copy has 4 /),
      '',
    ]);
    const { notes, ...summary } = await json();
    expect(notes).toHaveLength(1);
    expect(summary).toEqual({
      utterances: 4,
      seconds: 6.5,
      emotion: { ang: 1, hap: 1, neu: 1, sad: 1 },
      speaker: { Ses01F: 1, Ses01M: 2, Ses03M: 1 },
      gender: { female: 1, male: 3 },
      session: { Session1: 3, Session3: 1 },
      style: { improvised: 3, scripted: 1 },
      skipped: [],
      leftOut: {
        'emotion exc not wanted': 2,
        'emotion xxx not wanted': 2,
        'emotion fru not wanted': 1,
      },
    });
  });

  it('takes the filters', async () => {
    expect(await json('--merge', 'exc=hap', '--style', 'improvised')).toMatchObject({
      emotion: { ang: 1, hap: 1, neu: 1, sad: 1 },
      style: { improvised: 4 },
      leftOut: { 'scripted, not wanted': 2 },
    });
    const args = [
      '--merge',
      'exc=hap',
      '--emotions',
      'hap',
      '--min-seconds',
      '1',
      '--out',
      '/m.csv',
    ];
    expect(await json(...args, '--max-seconds', '1.5')).toMatchObject({
      utterances: 1,
      seconds: 1,
      leftOut: { 'longer than 1.5 s': 2 },
    });
    expect((await readManifest(files, '/m.csv')).utterances).toEqual([
      {
        path: '/ie/Session3/sentences/wav/Ses03M_impro08b/Ses03M_impro08b_F010.wav',
        labels: { emotion: 'hap', speaker: 'Ses03F', gender: 'female' },
      },
    ]);
  });

  it.each([
    [['--merge', 'exc'], 2, /such as exc=hap/],
    [['--merge', 'exc=hap,exc=sad'], 2, /such as exc=hap/],
    [['--style', 'read'], 2, /Allowed choices are improvised, scripted/],
    [['--min-seconds', '0'], 2, /a number above 0/],
    [['--min-seconds', '2', '--max-seconds', '1'], 2, /no recording can be at least 2 s/],
    [['--merge', 'joy=hap'], 1, /has no emotion "joy"/],
    [['--min-seconds', '50', '--out', '/none.csv'], 1, /no utterances are left for .*none\.csv/],
  ])('refuses %j', async (args, status, message) => {
    const ended = await alstmHere(['corpus', 'iemocap', '/ie', ...args], { files });
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' });
    expect(errorOf(ended).message).toMatch(message);
    expect(await files.exists('/none.csv')).toBe(false);
  });
});

test('FLAC counts as WAV does; broken and empty recordings are skipped, or fatal with --strict', async () => {
  const files = new MemoryFiles({
    '/db/wav/03a01Fa.wav': recording(0.5),
    '/db/wav/08a01Wa.flac': await flac(),
    '/db/wav/08a02Wa.wav': recording(0.5).subarray(0, 400),
    '/db/wav/09a01Ta.wav': '',
  });
  const args = ['corpus', 'emodb', '/db', '--json'];
  const summary = jsonLines(await alstmHere(args, { files }))[0] as {
    skipped: { path: string; reason: string }[];
  };
  expect(summary).toMatchObject({ utterances: 2, emotion: { anger: 1, happiness: 1 } });
  expect(Object.keys(summary)).toEqual([
    'utterances',
    'seconds',
    'emotion',
    'speaker',
    'gender',
    'skipped',
  ]);
  expect(summary.skipped.map(({ path }) => path)).toEqual([
    '/db/wav/08a02Wa.wav',
    '/db/wav/09a01Ta.wav',
  ]);
  const strict = await alstmHere([...args, '--strict'], { files });
  expect({ status: strict.status, stdout: strict.stdout }).toEqual({ status: 1, stdout: '' });
  expect(errorOf(strict).message).toMatch(/^\/db\/wav\/08a02Wa\.wav: truncated or damaged/);
});
