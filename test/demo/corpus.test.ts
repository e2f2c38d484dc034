import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { UsageError, WriteError } from '../../src/core/errors.js';
import type { Utterance } from '../../src/corpora/corpus.js';
import { readManifest } from '../../src/corpora/manifest.js';
import { makeDemoCorpus } from '../../src/demo/corpus.js';
import { loadSpeech, type Speech } from '../../src/demo/speech.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

let speech: Speech;
const files = new MemoryFiles();
let utterances: readonly Utterance[];

beforeAll(async () => {
  speech = await loadSpeech();
  await makeDemoCorpus(files, speech, 'corpus', { seed: 0, sentences: 1 });
  utterances = (await readManifest(files, 'corpus')).utterances;
});

describe('makeDemoCorpus', () => {
  it('lists every speaker in every emotion, and every file that it wrote', () => {
    expect(utterances).toHaveLength(40);
    const kinds = new Set(utterances.map(({ labels: l }) => `${l['speaker']} ${l['emotion']}`));
    expect(kinds.size).toBe(40);
    expect(files.paths()).toHaveLength(41);
  });

  it('keeps a man and a woman for the test who are never heard in training', () => {
    const voices = (split: string): Set<string> =>
      new Set(
        utterances
          .filter((utterance) => utterance.split === split)
          .map(({ labels }) => `${labels['gender']} ${labels['speaker']}`),
      );
    expect(voices('train').size).toBe(8);
    expect([...voices('test')].map((voice) => voice.split(' ')[0]).sort()).toEqual([
      'female',
      'male',
    ]);
    expect([...voices('test')].filter((voice) => voices('train').has(voice))).toEqual([]);
  });

  it('records speech at a level with headroom, louder in anger than in sadness', async () => {
    const level: Record<string, number> = {};
    for (const { path, labels } of utterances) {
      const { samples, seconds } = await decodeAudio(await files.read(path), path);
      expect(seconds, path).toBeGreaterThan(0.8);
      expect(seconds, path).toBeLessThan(5);
      const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(peak, path).toBeGreaterThan(0.05);
      expect(peak, path).toBeLessThan(0.75);
      level[`${labels['speaker']} ${labels['emotion']}`] = rms(samples);
    }
    for (const speaker of new Set(utterances.map(({ labels }) => labels['speaker']))) {
      expect(level[`${speaker} anger`], speaker).toBeGreaterThan(
        1.5 * level[`${speaker} sadness`]!,
      );
    }
  });

  it('gives the same bytes for a seed and others for another', async () => {
    const again = new MemoryFiles();
    const reports: [number, number][] = [];
    const corpus = await makeDemoCorpus(again, speech, 'corpus', {
      seed: 0,
      sentences: 1,
      onRecording: (done, total) => reports.push([done, total]),
    });
    expect(corpus).toMatchObject({ manifest: 'corpus/manifest.csv', training: 32, test: 8 });
    expect(corpus.seconds).toBeGreaterThan(40);
    expect(reports.at(-1)).toEqual([40, 40]);
    expect(again.paths()).toEqual(files.paths());
    for (const path of files.paths()) {
      expect(digest(await again.read(path)), path).toBe(digest(await files.read(path)));
    }

    const other = new MemoryFiles();
    await makeDemoCorpus(other, speech, 'corpus', { seed: 1, sentences: 1 });
    for (const { path } of utterances) {
      expect(digest(await other.read(path)), path).not.toBe(digest(await files.read(path)));
    }
  });

  it('stops at a full disk and leaves no manifest', async () => {
    const full = new MemoryFiles();
    full.failOn((op, path) =>
      op === 'write' && path.endsWith('anger-2.wav') ? diskFull(path) : undefined,
    );
    const made = makeDemoCorpus(full, speech, 'corpus', { seed: 0, sentences: 2 });
    await expect(made).rejects.toBeInstanceOf(WriteError);
    expect(full.paths()).not.toContain('corpus/manifest.csv');
  });

  it.each([0, 13, 1.5, NaN])('refuses %s sentences', async (sentences) => {
    const made = makeDemoCorpus(new MemoryFiles(), speech, 'corpus', { seed: 0, sentences });
    await expect(made).rejects.toBeInstanceOf(UsageError);
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}
