/** The demo's scores of the model of real voices that comes along. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cli } from '../../src/cli/cli.js';
import { scoreVoices } from '../../src/cli/jobs/demo-voices.js';
import { Interruption } from '../../src/cli/environment.js';
import type { Files } from '../../src/core/files.js';
import { parameterCount } from '../../src/network/parameters.js';
import { corpusFiles } from '../data/corpus-files.js';
import { tinyModel } from '../model/tiny-model.js';
import { testAdapter } from '../support/gpu.js';
import { MemoryFiles } from '../support/memory-files.js';
import { FilesWithModels } from '../support/shipped-models.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const files = new FilesWithModels();
const source = { corpus: 'manifest', path: resolve('corpus/manifest.csv'), seed: 0 };
const trained = {
  ...tinyModel(),
  license: 'CC-BY-NC-SA-4.0',
  confidence: { emotion: { threshold: 0.5, measured: [] } },
};

let told = '';
const open: Cli[] = [];

function cliOn(own: Files): Cli {
  const adapter = testAdapter();
  const cli = new Cli(
    { seed: 0, ...(adapter && { adapter }) },
    {
      files: own,
      stdout: { write: (text) => void (told += text) },
      stderr: { write: (text) => void (told += text) },
      cache: at('cache'),
      interruption: new Interruption(),
      open: new Set(),
      debug: false,
    },
  );
  open.push(cli);
  return cli;
}

beforeAll(async () => {
  await files.ship('voices-4', trained);
  for (const [name, content] of Object.entries(corpusFiles(12))) {
    await files.write(resolve('corpus', name), content);
  }
});
afterAll(() => Promise.all(open.map((cli) => cli.close())));

test('are a row of the report, with what it learned from and its terms', async () => {
  const found = await scoreVoices(cliOn(files), source);
  const { labels, model } = trained;
  expect(found).toMatchObject({
    name: 'voices-4',
    log: [],
    parameters: parameterCount(model),
    test: { labels: labels['emotion'], sure: { threshold: 0.5 } },
    settings: { 'learned from': 'acted speech', terms: 'non-commercial: CC BY-NC-SA 4.0' },
  });
  expect(found?.test.confusion.flat().reduce((a, b) => a + b, 0)).toBe(found?.test.utterances);
  expect(found?.origin).toContain('learned from acted speech, not from the synthesised speech');
  expect(told).toContain(found?.origin);
});

test('are left out where no model comes along', async () => {
  expect(await scoreVoices(cliOn(new MemoryFiles()), source)).toBeUndefined();
});
