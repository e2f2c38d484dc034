/** A pipe, a socket, a device or a folder wherever a command takes a file: refused at once, nothing waits. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModel } from '../../src/model/folder.js';
import { NodeFiles } from '../../src/platform/node/files.js';
import { alstmHere, filesIn, writeFiles } from '../cli/run-cli.js';
import { scratchFolder } from '../cli/scratch.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';

/** Nothing is computed before the file is looked at. */
const MOST_SECONDS = 10;

const at = scratchFolder();
let server: Server;

beforeAll(async () => {
  await writeFiles(at('corpus'), corpusFiles(2));
  await writeModel(new NodeFiles(), at('model'), tinyModel());
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('pipe')]);
  server = createServer().listen(at('socket'));
  await once(server, 'listening');
});
afterAll(() => server.close());

const recording = (): string => at('corpus', 'ann-0.wav');
const data = (): string[] => ['--manifest', at('corpus', 'manifest.csv')];
const out = (): string[] => ['--out', at('out')];

/** Command lines with a place for a file that is none. */
const places: Readonly<Record<string, (path: string) => string[]>> = {
  'predict FILE': (path) => ['predict', at('model'), path],
  'predict MODEL': (path) => ['predict', path, recording()],
  'predict --with': (path) => ['predict', at('model'), recording(), '--with', path],
  'predict --manifest': (path) => ['predict', at('model'), '--manifest', path],
  'predict --prior': (path) => [
    'predict',
    at('model'),
    recording(),
    '--speaker',
    'ann',
    '--prior',
    path,
  ],
  'enrol FILE': (path) => ['enrol', 'ann', path, '--model', 'voices-4', ...out()],
  'corpus manifest': (path) => ['corpus', 'manifest', path],
  'train --manifest': (path) => ['train', '--manifest', path, ...out()],
  'train --config': (path) => ['train', ...data(), '--config', path, ...out()],
  'train --plan': (path) => ['train', ...data(), '--plan', path, ...out()],
  'train --augment': (path) => ['train', ...data(), '--augment', path, ...out()],
  'train --init-from': (path) => ['train', ...data(), '--init-from', path, ...out()],
  'train --map': (path) => ['train', ...data(), '--map', path, ...out()],
  'evaluate MODEL': (path) => ['evaluate', path, ...data()],
  'experiment --protocol': (path) => ['experiment', '--protocol', path, ...out()],
  'export MODEL': (path) => ['export', path, '--onnx', at('out.onnx')],
  'features FILE': (path) => ['features', path, ...out()],
  'verify FIXTURE': (path) => ['verify', path],
};
const folders = ['predict', 'enrol', 'features', 'corpus', 'train --manifest', 'verify'];

describe.skipIf(process.platform === 'win32')('is refused at once:', () => {
  for (const [place, argsOf] of Object.entries(places)) {
    test(place, async () => {
      // many of these take a folder too, of recordings or with a manifest or model in it
      const kinds = ['pipe', 'socket', '/dev/zero'];
      const takesFolder = folders.some((own) => place.startsWith(own));
      for (const kind of takesFolder ? kinds : [...kinds, 'folder']) {
        const path = kind.startsWith('/') ? kind : at(kind);
        const began = performance.now();
        const { status, stdout, stderr } = await alstmHere(argsOf(path), { cache: at('cache') });
        expect((performance.now() - began) / 1000, kind).toBeLessThan(MOST_SECONDS);
        expect(status, `${kind}: ${stdout}${stderr}`).toBeGreaterThanOrEqual(1);
        const errors = stderr.split('\n').filter((line) => line.startsWith('alstm: '));
        // one for the recording, and one because none is left to learn from
        expect(errors, `${kind}: ${stderr}`).toHaveLength(place === 'enrol FILE' ? 2 : 1);
        expect(errors[0]).toContain(path);
        expect(errors[0]).not.toMatch(/bug|E[A-Z]{4,}/);
      }
      expect(filesIn(at('out'))).toEqual([]);
    });
  }
});
