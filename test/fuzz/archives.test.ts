import fc from 'fast-check';
import { expect } from 'vitest';
import { gzipSync } from 'node:zlib';
import { readTable } from '../../src/core/table.js';
import { openArchive } from '../../src/model/archive.js';
import { MOST_CONFIG_BYTES } from '../../src/model/layout.js';
import { paxText, rawTar } from '../faults/raw-tar.js';
import { rawZip } from '../faults/raw-zip.js';
import { modelEntries } from '../model/model-entries.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';
import { byteEdits, editBytes } from './bytes.js';
import { fuzz } from './fuzz.js';
import { editText, textEdits } from './texts.js';

const { config, weights } = await modelEntries(tinyModel());
const encoder = new TextEncoder();
const asIs = (bytes: Uint8Array): Uint8Array => bytes;
const edited = (whole: Uint8Array): fc.Arbitrary<Uint8Array> =>
  byteEdits.map((edits) => editBytes(whole, edits));
/** A config may claim to be as large as one may be. */
const allocation = (bytes: number): number => MOST_CONFIG_BYTES + 2 ** 20 + 16 * bytes;

/** Both files; where they have checksums, they are those that were packed. */
const read = (ending: string, checked: boolean) => async (bytes: Uint8Array) => {
  const source = await openArchive(bytes, `m.${ending}`);
  const own = await source.config();
  const parameters = await source.weights(weights.length + 2 ** 20);
  if (!checked) return;
  expect(Buffer.compare(own, config)).toBe(0);
  expect(Buffer.compare(parameters, weights)).toBe(0);
};

const entries = [
  { name: 'README.md', bytes: encoder.encode('# A model') },
  { name: 'm/config.json', bytes: config },
  { name: 'm/model.safetensors', bytes: weights },
];
const zip64 = entries.map((entry) => ({ ...entry, zip64: true, descriptor: true }));
const tar = rawTar([
  { name: 'x', pax: { path: `${'long/'.repeat(30)}x`, mtime: '1.5' } },
  { name: 'g', type: 'g', bytes: paxText({ comment: 'x' }) },
  ...entries.map((entry) => ({ ...entry, gnuName: `a/${entry.name}` })),
]);

fuzz('zip', edited(rawZip(entries)), asIs, read('zip', true), { allocation });
fuzz('zip64', edited(rawZip(zip64, { zip64: true })), asIs, read('zip', true), { allocation });
fuzz('tar', edited(tar), asIs, read('tar', false), { allocation });
fuzz('tar.gz', edited(gzipSync(tar)), asIs, read('tar.gz', true), { allocation });
// What a stranger may put into a gzip file that is whole.
fuzz('tar in gzip', edited(tar), asIs, (bytes) => read('tar.gz', false)(gzipSync(bytes)), {
  allocation,
});
fuzz(
  'table of labels',
  textEdits.map((edits) => editText('path,label\na.wav,"x, y"\nb.wav,z\n', edits)),
  (input) => encoder.encode(input),
  async (bytes) => {
    const { columns, rows } = await readTable(new MemoryFiles({ 't.csv': bytes }), 't.csv', {
      required: ['path', 'label'],
    });
    for (const { cells } of rows) expect(Object.keys(cells).sort()).toEqual([...columns].sort());
  },
);
