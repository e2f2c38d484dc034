import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countFrom, keepResults } from '../support/results.js';
import { alstmHere, errorOf, filesIn } from '../cli/run-cli.js';
import { modelEntries } from '../model/model-entries.js';
import { tinyModel } from '../model/tiny-model.js';
import { base256, rawTar } from './raw-tar.js';
import { rawZip } from './raw-zip.js';

/** What a bomb unpacks to, in MB. */
const BOMB = countFrom('ALSTM_FAULT_BOMB_MB', 64);
const isLong = BOMB >= 1000;
/** Of values in lists; as many as a config has room for, in the long form. */
const MANY = isLong ? 1_000_000 : 100_000;
/** Of a file that is far too large. It is one hole, so that no disk is filled. */
const HUGE = 500 * 2 ** 20;
/** A process of its own may have so much, and takes 60 MB to begin with. */
const MOST_MB = 400;
const MOST_SECONDS = 60;

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const { config, weights } = await modelEntries(tinyModel());
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const json = JSON.parse(new TextDecoder().decode(config)) as Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alstm-sizes-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Peak {
  readonly message: string;
  readonly seconds: number;
  /** The most memory that the process has had so far. */
  readonly mb: number;
}

/** Reads each path in one process by the built library, and tells how each ended. */
function inProcess(reads: readonly (readonly [what: string, path: string])[]): Promise<Peak[]> {
  const built = (...names: string[]) => JSON.stringify(resolve('dist', ...names));
  const code = `
    import { NodeFiles } from ${built('platform', 'node', 'files.js')};
    import { readModel } from ${built('model', 'folder.js')};
    import { readManifest } from ${built('corpora', 'manifest.js')};
    const readers = { readModel, readManifest };
    for (const [what, path] of ${JSON.stringify(reads)}) {
      const start = performance.now();
      const message = await readers[what](new NodeFiles(), path).then(() => 'read', (error) => \`\${error.name}: \${error.message}\`);
      const seconds = (performance.now() - start) / 1000;
      console.log(JSON.stringify({ message, seconds, mb: process.resourceUsage().maxRSS / 1024 }));
    }`;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (status) => {
      if (status === 0)
        done(
          out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Peak),
        );
      else fail(new Error(`ended with ${status}: ${err}`));
    });
  });
}

/** Zeros in a gzip file, without ever having them: members that repeat. */
function gzipOfZeros(before: Uint8Array, mb: number): Uint8Array {
  const zeros = gzipSync(Buffer.alloc(2 ** 22), { level: 9 });
  return Buffer.concat([gzipSync(before), ...Array<Uint8Array>(mb / 4).fill(zeros)]);
}

/** A config of a model whose labels are replaced by JSON text. */
function withLabels(labels: string): string {
  const mark = '"@labels"';
  return JSON.stringify({ ...json, labels: '@labels' }).replace(mark, () => labels);
}

describe('a small file that would become large', () => {
  it('takes little memory and time, and is refused in one line', async () => {
    const size = base256(BOMB * 2 ** 20);
    const head = (name: string) => rawTar([{ name, size }], { end: Buffer.alloc(0) });
    const zeros = {
      ...{ bytes: new Uint8Array(), size: BOMB * 2 ** 20, crc: 0 }, // nobody gets as far as its checksum
      stored: deflateRawSync(Buffer.alloc(BOMB * 2 ** 20)),
    };
    const own = { name: 'config.json', bytes: config };
    const bomb = rawZip([own, { ...zeros, name: 'model.safetensors' }]);
    const large = {
      ...json,
      model: { ...(json['model'] as object), frontend: { units: 8_000_000 } },
    };
    const models: Record<string, [bytes: Uint8Array | string, line: RegExp]> = {
      'weights.zip': [bomb, /model\.safetensors is \d+ bytes, but a model's has at most \d+$/],
      'lies.zip': [
        rawZip([own, { ...zeros, name: 'model.safetensors', size: weights.length }]),
        /model\.safetensors: it is damaged$/,
      ],
      'config.zip': [
        rawZip([
          { ...zeros, name: 'config.json' },
          { name: 'model.safetensors', bytes: weights },
        ]),
        /config\.json is \d+ bytes/,
      ],
      'justified.zip': [
        rawZip([
          { ...own, bytes: text(JSON.stringify(large)) },
          { ...zeros, name: 'model.safetensors' },
        ]),
        /model\.safetensors unpacks from \d+ bytes to \d+, as no model's does$/,
      ],
      'beside.tar.gz': [gzipOfZeros(head('zeros.bin'), BOMB), /it unpacks to more than \d+ bytes$/],
      'weights.tar.gz': [
        gzipOfZeros(
          Buffer.concat([rawTar([own], { end: Buffer.alloc(0) }), head('model.safetensors')]),
          BOMB,
        ),
        /it unpacks to more than \d+ bytes$/,
      ],
      'within.tar.gz': [gzipSync(gzipOfZeros(head('zeros.bin'), BOMB)), /at its beginning: /],
      'many.tar': [
        rawTar(
          Array.from({ length: 11_000 }, () => ({ name: 'x' })),
          { end: Buffer.alloc(1024) },
        ),
        /it has more than 10000 files$/,
      ],
      'wrong-items/config.json': [
        withLabels(`{"emotion":[1${',1'.repeat(MANY)}]}`),
        /labels\.emotion\[0\] is 1, expected/,
      ],
      'wrong-values/config.json': [
        withLabels(`{${Array.from({ length: 0.3 * MANY }, (_, i) => `"${i}":1`).join()}}`),
        /labels\.0 is 1, expected a list$/,
      ],
      'objects/config.json': [`[{}${',{}'.repeat(MANY)}]`, /format is missing/],
      'heads/config.json': [
        JSON.stringify({
          ...json,
          model: {
            ...(json['model'] as object),
            heads: Array.from({ length: 0.06 * MANY }, (_, i) => ({
              task: `t${i}`,
              classes: 2,
              hidden: 0,
              weight: 1,
            })),
          },
        }),
        /at most 100 heads$/,
      ],
      'deep/config.json': ['['.repeat(100_000) + ']'.repeat(100_000), /nested more than 100 deep$/],
    };
    const reads: (readonly [string, string])[] = [];
    for (const [name, [bytes]] of Object.entries(models)) {
      await mkdir(at(name, '..'), { recursive: true });
      await writeFile(at(name), bytes);
      const isFolder = name.endsWith('/config.json');
      if (isFolder) await writeFile(at(name, '..', 'model.safetensors'), weights);
      reads.push(['readModel', isFolder ? at(name, '..') : at(name)]);
    }
    const before = filesIn(folder);
    const peaks = await inProcess(reads);
    const told = Object.keys(models).map((name, i) => ({ name, ...peaks[i]! }));
    for (const { name, message, seconds, mb } of told) {
      expect(message).toMatch(models[name]![1]);
      expect(message).toMatch(/^(?:Format|Config|File)Error: [^\n]{1,400}$/);
      expect(seconds, name).toBeLessThan(MOST_SECONDS);
      expect(mb, name).toBeLessThan(MOST_MB);
    }
    expect(filesIn(folder)).toEqual(before);
    keepResults('bombs', {
      bombMb: BOMB,
      files: told.map(({ name, message, seconds, mb }) => ({
        name,
        line: message.replaceAll(folder, ''),
        seconds: Number(seconds.toFixed(2)),
        peakMb: Math.round(mb),
      })),
    });
  });
});

describe('a file of 500 MB', () => {
  it('is refused before it is read, with its size and the limit, as', async () => {
    await truncateTo('huge.json');
    await truncateTo('huge.csv');
    await truncateTo('huge.zip', 2 ** 30 + 1);
    await truncateTo(join('model', 'config.json'));
    await writeFile(at('model', 'model.safetensors'), weights);
    await truncateTo(join('weights', 'model.safetensors'));
    await writeFile(at('weights', 'config.json'), config);
    await mkdir(at('run'), { recursive: true });
    const huge = at('huge.json');
    const train = ['train', '--corpus', 'folders', '--data', folder, '--out', at('out')];
    const cases: [file: string, args: string[]][] = [
      [huge, [...train, '--config', huge]],
      [huge, [...train, '--augment', huge]],
      [huge, ['experiment', '--protocol', huge, '--out', at('out')]],
      [huge, ['predict', 'x.wav', 'y.wav', '--enrolment', huge]],
      [huge, ['predict', 'x.wav', 'y.wav', '--prior', huge, '--speaker-by', 'folder']],
      [at('huge.csv'), ['train', '--manifest', at('huge.csv'), '--out', at('out')]],
      [at('huge.csv'), ['corpus', 'manifest', at('huge.csv')]],
      [at('huge.csv'), ['predict', '--manifest', at('huge.csv')]],
      [at('huge.zip'), ['evaluate', at('huge.zip'), '--manifest', 'x.csv']],
      [at('model', 'config.json'), ['evaluate', at('model'), '--manifest', 'x.csv']],
      [at('weights', 'model.safetensors'), ['evaluate', at('weights'), '--manifest', 'x.csv']],
    ];
    const before = process.resourceUsage().maxRSS;
    for (const [file, args] of cases) {
      const ended = await alstmHere(args);
      const { message, hint } = errorOf(ended);
      expect(message).toMatch(
        /^cannot read \S+: it has (?:524288000|1073741825) bytes, more than \d+$/,
      );
      expect(message).toContain(`cannot read ${file}: `);
      expect(hint).toBe('Check that it is the right file.');
      expect(ended.status).toBe(1);
    }
    // 500 MB would show.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
    expect((await readdir(folder)).includes('out')).toBe(false);
  });

  async function truncateTo(name: string, bytes = HUGE): Promise<void> {
    await mkdir(at(name, '..'), { recursive: true });
    await writeFile(at(name), '');
    await truncate(at(name), bytes);
  }
});

describe('a table that a reader has to hold', () => {
  it('has at most a million fields, and lines', async () => {
    const mb = isLong ? 120 : 3;
    const line = Buffer.alloc(mb * 2 ** 20, ',');
    const lines = Buffer.alloc(mb * 2 ** 20, 'a\n');
    const quote = Buffer.alloc(mb * 2 ** 20, 'x');
    quote[0] = 0x22;
    const tables: Record<string, [Uint8Array, RegExp]> = {
      'commas.csv': [line, /line 1: more than 1000000 fields$/],
      'lines.csv': [lines, /: more than 1000000 lines$/],
      'quote.csv': [quote, /a quoted field is never closed$/],
    };
    for (const [name, [bytes]] of Object.entries(tables)) await writeFile(at(name), bytes);
    const peaks = await inProcess(Object.keys(tables).map((name) => ['readManifest', at(name)]));
    Object.entries(tables).forEach(([name, [, expected]], i) => {
      expect(peaks[i]?.message).toMatch(expected);
      expect(peaks[i]?.mb, name).toBeLessThan(2 * MOST_MB);
      expect(peaks[i]?.seconds, name).toBeLessThan(MOST_SECONDS);
    });
    keepResults('tables', {
      tableMb: mb,
      files: Object.keys(tables).map((name, i) => ({
        name,
        seconds: peaks[i]?.seconds,
        peakMb: Math.round(peaks[i]?.mb ?? 0),
      })),
    });
  });
});
