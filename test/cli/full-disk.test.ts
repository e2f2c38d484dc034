/** A disk that fills up at any write: one clear line, and every file that is there is whole. */
import { describe, expect, it, test } from 'vitest';
import { readSafetensors } from '../../src/core/safetensors.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';
import { corpusFiles } from '../data/corpus-files.js';
import { adapterArgs, alstmHere, errorOf } from './run-cli.js';

function filesOf(fills: (path: string) => boolean): MemoryFiles {
  const corpus = Object.entries(corpusFiles(6));
  const files = new MemoryFiles(
    Object.fromEntries(corpus.map(([name, content]) => [`/corpus/${name}`, content])),
  );
  const writes = ['write', 'appendLine', 'makeFolder'];
  files.failOn((op, path) => (writes.includes(op) && fills(path) ? diskFull(path) : undefined));
  return files;
}

/** What is below a folder. */
function below(files: MemoryFiles, folder: string): string[] {
  return files.paths().filter((path) => `/${path}`.startsWith(folder));
}

test('features keeps those written before, and stops', async () => {
  const files = filesOf((path) => path === '/out/bob-0.safetensors');
  const cache = '/cache';
  const args = ['features', '/corpus', '--out', '/out'];
  const ended = await alstmHere(args, { files, cache });
  expect(ended.status).toBe(1);
  expect(errorOf(ended)).toEqual({
    message: 'cannot write /out/bob-0.safetensors: the disk is full',
    hint: 'Free some space.',
  });
  const written = below(files, '/out/');
  expect(written).toHaveLength(6); // ann's
  for (const path of written) readSafetensors(await files.read(path));
});

test('features goes on without its cache, and says so', async () => {
  const files = filesOf((path) => path.startsWith('/cache/'));
  const args = ['features', '/corpus/ann-0.wav', '--out', '/out'];
  const ended = await alstmHere(args, { files, cache: '/cache' });
  expect(ended.status).toBe(0);
  expect(ended.stderr).toContain('warning: cannot write /cache/');
  expect(below(files, '/out/')).toEqual(['out/ann-0.safetensors']);
});

test('corpus writes no manifest', async () => {
  const files = filesOf((path) => path === '/out.csv');
  const ended = await alstmHere(['corpus', 'manifest', '/corpus', '--out', '/out.csv'], { files });
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
  expect(errorOf(ended).message).toBe('cannot write /out.csv: the disk is full');
  expect(below(files, '/out')).toEqual([]);
});

describe('train ends, and what it leaves can be read', () => {
  // The plainest network, which compiles soonest.
  const network = ['--cell', 'lstm', '--unidirectional', '--pooling', 'mean', '--dropout', '0'];
  const sizes = [
    '--preset',
    'alstm-1',
    '--units',
    '4',
    '--frontend-units',
    '4',
    '--head-hidden',
    '0',
    '--epochs',
    '1',
  ];
  const tiny = [...network, ...sizes];

  it.each(['/run/config.json', '/run/model/', '/run/checkpoints/'])('at %s', async (full) => {
    const files = filesOf((path) => path.startsWith(full));
    const args = ['train', '--manifest', '/corpus/manifest.csv', '--out', '/run', ...tiny];
    const ended = await alstmHere([...args, ...adapterArgs()], { files });
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
    expect(errorOf(ended).message).toMatch(/^cannot write \/run\/.*: the disk is full$/);
    for (const path of below(files, '/run/')) {
      const bytes = await files.read(path);
      if (path.endsWith('.safetensors')) readSafetensors(bytes, { requireFinite: true });
      else for (const line of linesOf(path, bytes)) JSON.parse(line);
    }
    const resumable = below(files, '/run/').includes('run/config.json');
    files.failOn(() => undefined);
    const again = resumable ? ['train', '--resume', '--out', '/run'] : args;
    expect((await alstmHere([...again, ...adapterArgs()], { files })).status).toBe(0);
  });
});

function linesOf(path: string, bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes);
  return path.endsWith('.jsonl') ? text.trim().split('\n') : [text];
}
