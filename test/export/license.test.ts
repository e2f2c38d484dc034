import { expect, test } from 'vitest';
import { readText } from '../../src/core/files.js';
import { metadataOf } from '../../src/export/metadata.js';
import { writeModel } from '../../src/model/folder.js';
import { withLicense } from '../../src/report/card/license.js';
import { alstmHere } from '../cli/run-cli.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';

const license = 'CC-BY-NC-SA-4.0';
const line = 'license: "cc-by-nc-sa-4.0"';

test('a card gets the licence of the model, in place of its own', () => {
  expect(withLicense('---\nlicense: mit\nlibrary_name: alstm\n---\n\n# Mine\n', license)).toBe(
    `---\n${line}\nlibrary_name: alstm\n---\n\n# Mine\n`,
  );
  expect(withLicense('---\nname: a\n---\n# Mine\n\n---\nlicense: b\n', license)).toBe(
    `---\n${line}\nname: a\n---\n# Mine\n\n---\nlicense: b\n`,
  );
  expect(withLicense('# Mine\n\n---\n\nmore\n\n---\n', license)).toBe(
    `---\n${line}\n---\n\n# Mine\n\n---\n\nmore\n\n---\n`,
  );
  expect(withLicense('---\n---\n', license)).toBe(`---\n${line}\n---\n`);
});

test('export --hf states the licence, in a new card and in the one beside the model', async () => {
  const files = new MemoryFiles();
  await writeModel(files, 'm', { ...tinyModel(), license });
  await alstmHere(['export', 'm', '--hf', 'made'], { files });
  expect(await readText(files, 'made/README.md')).toContain(`\n${line}\n`);
  await files.write('m/README.md', '---\nlicense: mit\n---\n# Mine\n');
  await alstmHere(['export', 'm', '--hf', 'taken'], { files });
  expect(await readText(files, 'taken/README.md')).toBe(`---\n${line}\n---\n# Mine\n`);
});

test('an ONNX file states the licence and when an answer is to be trusted', () => {
  const confidence = { emotion: { threshold: 0.5, measured: [] } };
  const metadata = metadataOf({ ...tinyModel(), license, confidence });
  expect(metadata['alstm.license']).toBe(license);
  expect(JSON.parse(metadata['alstm.confidence_json'] ?? '')).toEqual(confidence);
  expect(metadata['alstm.confidence']).toContain('not sure');
  const without = Object.keys(metadataOf(tinyModel()));
  expect(without.filter((key) => /license|confidence/.test(key))).toEqual([]);
});
